// What a page must not do while it is used: report errors, or ask anybody else than its own server.

/**
 * Watches a page for its whole life.
 *
 * @param {import("puppeteer-core").Page} page
 * @param {string} origin the only one that may be asked
 */
export class Watch {
  /** Everything that was said, for the file that a failure leaves behind. */
  log = [];
  #origin;
  #wrong = [];
  #allowed = [];
  /** Addresses of all requests. */
  requests = [];

  constructor(page, origin) {
    this.#origin = new URL(origin).origin;
    page.on("console", (message) => {
      this.#say(`console ${message.type()}: ${message.text()} (${message.location()?.url ?? ""})`, message.type() === "error");
    });
    page.on("pageerror", (error) => this.#say(`page error: ${error?.stack ?? error}`, true));
    page.on("request", (request) => {
      const url = request.url();
      this.requests.push(url);
      const inside = /^(data|blob|about):/.test(url) || new URL(url).origin === this.#origin;
      this.#say(`request ${request.method()} ${url.slice(0, 200)}`, !inside);
    });
    page.on("requestfailed", (request) => this.#say(`failed ${request.url().slice(0, 200)}: ${request.failure()?.errorText}`, false));
  }

  /** Expects errors like this one: those of a test that breaks something on purpose. */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  #say(line, wrong) {
    this.log.push(line);
    if (wrong) this.#wrong.push(line);
  }

  /** What was wrong and not expected. */
  wrong() {
    return this.#wrong.filter((line) => !this.#allowed.some((pattern) => pattern.test(line)));
  }
}
