/** Those who wrote in a document, by numbers: who answers whom stays to be seen, their names do not. */
export class People {
  readonly #numbers = new Map<string, number>();

  /** A name that says nothing, the same for the same name; none for none. */
  neutral(name: string): string {
    if (name.trim() === "") return name;
    const number = this.#numbers.get(name) ?? this.#numbers.size + 1;
    this.#numbers.set(name, number);
    return `Person ${String(number)}`;
  }

  /** One that is already neutral stays what it is, so that cleaning a second time changes nothing. */
  static isNeutral(name: string): boolean {
    return /^Person \d+$/.test(name);
  }
}
