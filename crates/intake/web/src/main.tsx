/** Where the page begins. */

import { render } from "preact";

import { connect } from "./client/connect.ts";
import { choose } from "./messages/index.ts";
import { App } from "./views/app.tsx";

const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<App connect={connect} wanted={choose(navigator.languages)} />, root);
}
