// Seals and opens age files with typage, for `crates/sealing/tests/interop.rs`.
//
//   node age.mjs seal FILE RECIPIENT… <plaintext      writes FILE
//   node age.mjs open IDENTITY-FILE FILE…             prints one JSON array: for each file the
//                                                     plaintext in base64, or null if it fails
import { readFileSync, writeFileSync } from "node:fs";
import { Decrypter, Encrypter } from "age-encryption";

const [command, first, ...rest] = process.argv.slice(2);
if (command === "seal") {
  const encrypter = new Encrypter();
  for (const recipient of rest) encrypter.addRecipient(recipient);
  writeFileSync(first, await encrypter.encrypt(readFileSync(0)));
} else if (command === "open") {
  const identity = readFileSync(first, "utf8").trim();
  const opened = [];
  for (const file of rest) {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    try {
      opened.push(Buffer.from(await decrypter.decrypt(readFileSync(file))).toString("base64"));
    } catch {
      opened.push(null);
    }
  }
  console.log(JSON.stringify(opened));
} else {
  console.error("age.mjs: seal or open");
  process.exitCode = 2;
}
