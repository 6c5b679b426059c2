// What an observer who sees sizes and counts can tell: two plain classifiers, cross-validated.

/**
 * What is looked at of a burst: sizes and counts in each direction, nothing of time.
 *
 * @param {ReturnType<import("./pcap.mjs").packets>} burst
 */
export function features(burst) {
  const values = [];
  for (const up of [true, false]) {
    const own = burst.filter((packet) => packet.up === up);
    const sizes = own.map((packet) => packet.size).filter((size) => size > 0).sort((a, b) => a - b);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    values.push(
      total, sizes.length, own.length - sizes.length, sizes[0] ?? 0, sizes.at(-1) ?? 0,
      sizes[Math.floor(sizes.length / 2)] ?? 0, sizes.filter((size) => size < 2048).length,
      own.filter((packet) => packet.syn).length, own.filter((packet) => packet.fin).length,
    );
    // What each connection carried, from the least to the most.
    const connections = new Map();
    for (const packet of own) connections.set(packet.client, (connections.get(packet.client) ?? 0) + packet.size);
    const carried = [...connections.values()].filter((size) => size > 0).sort((a, b) => a - b);
    values.push(carried.length, carried[0] ?? 0, carried[1] ?? 0, carried.at(-1) ?? 0);
  }
  return values;
}

/** A classifier is trained on samples and then names the label of values. */
const CLASSIFIERS = { neighbours, tree };

/**
 * How many labels each classifier names rightly for samples that it was not trained on.
 *
 * @param {{ label: string, values: number[] }[]} samples
 * @param {number} [folds]
 * @returns {Record<string, number>} right answers by classifier
 */
export function crossValidate(samples, folds = 10) {
  const right = {};
  for (const [name, train] of Object.entries(CLASSIFIERS)) {
    right[name] = 0;
    for (let fold = 0; fold < folds; fold += 1) {
      const classify = train(samples.filter((_, index) => index % folds !== fold));
      for (const sample of samples.filter((_, index) => index % folds === fold)) {
        if (classify(sample.values) === sample.label) right[name] += 1;
      }
    }
  }
  return right;
}

/**
 * The most right answers out of `count` that mere guessing reaches with the given probability.
 *
 * @param {number} count
 * @param {number} chance of one guess to be right
 * @param {number} confidence
 */
export function binomialBound(count, chance, confidence) {
  let term = (1 - chance) ** count;
  let sum = term;
  let k = 0;
  while (sum < confidence) {
    term *= ((count - k) / (k + 1)) * (chance / (1 - chance));
    sum += term;
    k += 1;
  }
  return k;
}

/** The five nearest samples decide, each feature measured by its own spread. */
function neighbours(samples) {
  const width = samples[0].values.length;
  const spread = Array.from({ length: width }, (_, index) => {
    const column = samples.map((sample) => sample.values[index]);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    return Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length) || 1;
  });
  const distance = (a, b) => a.reduce((sum, value, index) => sum + ((value - b[index]) / spread[index]) ** 2, 0);
  return (values) => most(samples
    .map((sample) => ({ label: sample.label, far: distance(sample.values, values) }))
    .sort((a, b) => a.far - b.far).slice(0, 5).map(({ label }) => label));
}

/** A decision tree of three questions, each "is this feature above this value?". */
function tree(samples, depth = 3) {
  const labels = samples.map(({ label }) => label);
  const otherwise = most(labels);
  if (depth === 0 || samples.length < 6 || new Set(labels).size === 1) return () => otherwise;
  let best;
  for (let index = 0; index < samples[0].values.length; index += 1) {
    const cuts = [...new Set(samples.map(({ values }) => values[index]))].sort((a, b) => a - b);
    for (let at = 1; at < cuts.length; at += 1) {
      const cut = (cuts[at - 1] + cuts[at]) / 2;
      const above = samples.filter(({ values }) => values[index] > cut);
      const below = samples.filter(({ values }) => values[index] <= cut);
      const impurity = gini(above) * above.length + gini(below) * below.length;
      if (!best || impurity < best.impurity) best = { impurity, index, cut, above, below };
    }
  }
  if (!best) return () => otherwise;
  const above = tree(best.above, depth - 1);
  const below = tree(best.below, depth - 1);
  return (values) => (values[best.index] > best.cut ? above : below)(values);
}

function gini(samples) {
  const counts = count(samples.map(({ label }) => label));
  return 1 - [...counts.values()].reduce((sum, one) => sum + (one / samples.length) ** 2, 0);
}

function count(labels) {
  const counts = new Map();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function most(labels) {
  return [...count(labels)].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0][0];
}
