/** What filing and conversations have at hand once everything was checked: `connect.ts` makes it. */

import type { KeyCard, NoCard } from "../directory/cards.ts";
import type { Directory } from "../directory/model.ts";
import type { Result } from "./api.ts";
import type { Exchanger } from "./exchanger.ts";

export interface Context {
  /** Checked against the pin; `directory.instance` is the pin's. */
  readonly directory: Directory;
  readonly exchanger: Exchanger;
  /** The card to seal to for an office today. Without one nothing is rerouted. */
  card(office: string): Result<KeyCard, NoCard>;
}
