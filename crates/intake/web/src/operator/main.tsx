/** Where the operator console begins. */

import { render } from "preact";

import { connect } from "../client/connect.ts";
import { choose } from "../messages/index.ts";
import { Console } from "./console.tsx";

const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<Console connect={connect} wanted={choose(navigator.languages)} />, root);
}
