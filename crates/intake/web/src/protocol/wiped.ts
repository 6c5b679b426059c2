/** A secret was asked for after it had been overwritten: the page is closing, and what asks is to end. */
export class WipedError extends Error {
  override readonly name = "WipedError";
  constructor() {
    super("this secret has been wiped");
  }
}
