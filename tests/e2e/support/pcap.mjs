// Reads what tcpdump wrote: the classic pcap format, TCP over IPv4 on the loopback interface.

const ETHERNET = 1;
const IPV4 = 0x0800;
const TCP = 6;
const HEAD_LEN = 24;
const RECORD_LEN = 16;
const FIN = 1;
const SYN = 2;

/**
 * The TCP packets to and from a server's port.
 *
 * @param {Buffer} bytes
 * @param {number} port
 * @returns {{ atMs: number, up: boolean, size: number, syn: boolean, fin: boolean, client: number }[]}
 *   with the time in milliseconds since 1970, the length of what it carries, and the client's port
 */
export function packets(bytes, port) {
  const magic = bytes.readUInt32LE(0);
  const nanoseconds = magic === 0xa1b23c4d;
  if (!nanoseconds && magic !== 0xa1b2c3d4) throw new Error("not a pcap file of this machine");
  if (bytes.readUInt32LE(20) !== ETHERNET) throw new Error("not captured on the loopback interface");
  const found = [];
  for (let at = HEAD_LEN; at + RECORD_LEN <= bytes.length;) {
    const seconds = bytes.readUInt32LE(at);
    const fraction = bytes.readUInt32LE(at + 4);
    const captured = bytes.readUInt32LE(at + 8);
    const frame = bytes.subarray(at + RECORD_LEN, at + RECORD_LEN + captured);
    at += RECORD_LEN + captured;
    if (frame.length < captured || frame.readUInt16BE(12) !== IPV4) continue;
    const ip = frame.subarray(14);
    if (ip[9] !== TCP) continue;
    const ipLength = (ip[0] & 15) * 4;
    const tcp = ip.subarray(ipLength);
    const from = tcp.readUInt16BE(0);
    const to = tcp.readUInt16BE(2);
    if (from !== port && to !== port) continue;
    found.push({
      atMs: seconds * 1000 + fraction / (nanoseconds ? 1e6 : 1e3),
      up: to === port,
      // The whole length stands in the packet, however little of it was captured.
      size: ip.readUInt16BE(2) - ipLength - (tcp[12] >> 4) * 4,
      syn: (tcp[13] & SYN) !== 0,
      fin: (tcp[13] & FIN) !== 0,
      client: from === port ? to : from,
    });
  }
  return found;
}
