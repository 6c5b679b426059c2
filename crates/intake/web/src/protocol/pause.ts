/**
 * Lets the page draw and answer between two steps that keep the processor busy. A message comes
 * back at once, also in a tab in the background, whose timers are slowed down.
 */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
