/** What Arabic sentences are put together with. */

/** Western digits: see `ar.ts`. */
export const LOCALE = "ar-u-nu-latn";
const PLURAL = new Intl.PluralRules("ar");

/** One, two, 3 to 10, 11 to 99, and hundreds or fractions. */
type Forms = readonly [one: string, two: string, few: string, many: string, other: string];

/** A number of something: one and two are forms of the noun alone. */
export function counted(n: number, [one, two, few, many, other]: Forms, digits = String(n)): string {
  switch (PLURAL.select(n)) {
    case "one": return one;
    case "two": return two;
    case "few": return `${digits} ${few}`;
    case "many": return `${digits} ${many}`;
    default: return `${digits} ${other}`;
  }
}

/** Days, after a preposition. */
export const days = (n: number): string => counted(n, ["يوم واحد", "يومين", "أيام", "يومًا", "يوم"]);
/** Words of whatever direction, isolated. */
export const own = (words: string): string => (words === "" ? "" : `\u2068${words}\u2069`);
/** Words that are always in Latin letters, isolated. */
export const latin = (words: string): string => `\u2066${words}\u2069`;
