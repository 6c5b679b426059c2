// Older Nodes cannot give memory back at once, which browsers do: what looks at it afterwards has to fail here, too.

ArrayBuffer.prototype.transfer ??= function transfer(length) {
  structuredClone(this, { transfer: [this] });
  return new ArrayBuffer(length);
};
