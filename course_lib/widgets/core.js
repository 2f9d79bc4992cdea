// The arithmetic of the widgets, without the DOM: dense networks, their losses, gradients and
// updates, on flat Float64Arrays. It keeps course_lib's conventions: W has shape (n_out, n_in),
// a batch has one example per row, Z = A Wᵀ + b, and parameters lie in the order W1, b1, W2, b2 …
// Nothing here is random and nothing reads a clock: the same numbers in give the same numbers out.

export const ACTIVATIONS = ["sigmoid", "tanh", "relu", "linear"];
export const LOSSES = ["mse", "softmax-cross-entropy", "sigmoid-bce"];
export const OPTIMIZERS = ["sgd", "momentum", "rmsprop", "adam"];

export function sigmoid(z) {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

/** a = g(z) for one number. */
export function activate(name, z) {
  switch (name) {
    case "sigmoid": return sigmoid(z);
    case "tanh": return Math.tanh(z);
    case "relu": return z > 0 ? z : 0;
    case "linear": return z;
    default: throw new Error(`unknown activation ${name}; known: ${ACTIVATIONS.join(", ")}`);
  }
}

/** g′(z) for one number, from z and a = g(z). ReLU′(0) is 0, as in course_lib. */
export function slope(name, z, a) {
  switch (name) {
    case "sigmoid": return a * (1 - a);
    case "tanh": return 1 - a * a;
    case "relu": return z > 0 ? 1 : 0;
    case "linear": return 1;
    default: throw new Error(`unknown activation ${name}; known: ${ACTIVATIONS.join(", ")}`);
  }
}

/** p = softmax(z) for one example, with the maximum taken out so that exp cannot overflow. */
export function softmax(z) {
  let top = -Infinity;
  for (const value of z) if (value > top) top = value;
  const p = Float64Array.from(z, (value) => Math.exp(value - top));
  let sum = 0;
  for (const value of p) sum += value;
  for (let j = 0; j < p.length; j++) p[j] /= sum;
  return p;
}

/** Number of parameters of a dense network with these widths. */
export function parameterCount(sizes) {
  let count = 0;
  for (let l = 1; l < sizes.length; l++) count += sizes[l] * (sizes[l - 1] + 1);
  return count;
}

/**
 * A dense network. `sizes` are the widths n_0 … n_L, `activations` one name per layer; the fused
 * losses take the last pre-activation, so the last activation is then "linear" and the prediction
 * (softmax or sigmoid) belongs to the loss. `theta` (copied) holds the parameters.
 */
export function createNetwork(sizes, activations, loss, theta) {
  const layers = [];
  let at = 0;
  for (let l = 1; l < sizes.length; l++) {
    const nIn = sizes[l - 1];
    const nOut = sizes[l];
    layers.push({ nIn, nOut, W: at, b: at + nOut * nIn, activation: activations[l - 1] });
    at += nOut * (nIn + 1);
  }
  if (activations.length !== layers.length) {
    throw new Error(`${layers.length} layers need ${layers.length} activations, got ${activations.length}`);
  }
  if (!LOSSES.includes(loss)) throw new Error(`unknown loss ${loss}; known: ${LOSSES.join(", ")}`);
  if (loss !== "mse" && activations.at(-1) !== "linear") {
    throw new Error(`${loss} takes the last layer's pre-activation: make that layer linear`);
  }
  if (theta.length !== at) throw new Error(`${sizes.join("-")} has ${at} parameters, got ${theta.length}`);
  return {
    sizes: [...sizes], layers, loss,
    theta: Float64Array.from(theta), gradient: new Float64Array(at),
    N: 0, a: [], z: [], da: [], delta: [], prediction: null, target: null,
  };
}

function sized(net, N) {
  if (net.N === N) return;
  net.N = N;
  net.a = net.sizes.map((n) => new Float64Array(N * n));
  net.da = net.sizes.map((n) => new Float64Array(N * n));
  net.z = net.sizes.map((n, l) => (l ? new Float64Array(N * n) : null));
  net.delta = net.sizes.map((n, l) => (l ? new Float64Array(N * n) : null));
  net.prediction = new Float64Array(N * net.sizes.at(-1));
}

/** The forward pass up to the prediction. `x` is flat, one example after the other. */
export function predict(net, x, N) {
  sized(net, N);
  net.a[0].set(x);
  const theta = net.theta;
  net.layers.forEach((layer, index) => {
    const { nIn, nOut, W, b, activation } = layer;
    const a = net.a[index];
    const z = net.z[index + 1];
    const out = net.a[index + 1];
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < nOut; j++) {
        let sum = 0;
        const row = W + j * nIn;
        const from = i * nIn;
        for (let k = 0; k < nIn; k++) sum += theta[row + k] * a[from + k];
        z[i * nOut + j] = sum + theta[b + j];
      }
    }
    if (activation === "linear") out.set(z);
    else for (let m = 0; m < out.length; m++) out[m] = activate(activation, z[m]);
  });
  const last = net.a.at(-1);
  const n = net.sizes.at(-1);
  if (net.loss === "softmax-cross-entropy") {
    for (let i = 0; i < N; i++) net.prediction.set(softmax(last.subarray(i * n, (i + 1) * n)), i * n);
  } else if (net.loss === "sigmoid-bce") {
    for (let m = 0; m < last.length; m++) net.prediction[m] = sigmoid(last[m]);
  } else net.prediction.set(last);
  return net.prediction;
}

/** Each example's share of the loss (before the mean over the examples). */
export function exampleLoss(net, y, i) {
  const n = net.sizes.at(-1);
  const last = net.a.at(-1).subarray(i * n, (i + 1) * n);
  if (net.loss === "softmax-cross-entropy") {
    let top = -Infinity;
    for (const value of last) if (value > top) top = value;
    let sum = 0;
    for (const value of last) sum += Math.exp(value - top);
    return top + Math.log(sum) - last[y[i]];
  }
  let total = 0;
  for (let j = 0; j < n; j++) {
    const target = y[i * n + j];
    if (net.loss === "mse") total += (last[j] - target) ** 2;
    else total += Math.max(last[j], 0) - last[j] * target + Math.log1p(Math.exp(-Math.abs(last[j])));
  }
  return total / n;
}

/** Forward pass: prediction and loss; what the backward pass needs is kept in `net`. */
export function forward(net, x, y, N) {
  predict(net, x, N);
  net.target = y;
  let total = 0;
  for (let i = 0; i < N; i++) total += exampleLoss(net, y, i);
  return total / N;
}

/** Backward pass of the last forward pass: fills `net.gradient`, `net.delta[l]` and `net.da[l]`. */
export function backward(net) {
  const { N, layers, theta, gradient, target } = net;
  const n = net.sizes.at(-1);
  const L = layers.length;
  const da = net.da[L];
  if (net.loss === "mse") {
    for (let m = 0; m < da.length; m++) da[m] = (2 * (net.prediction[m] - target[m])) / (N * n);
  } else if (net.loss === "sigmoid-bce") {
    for (let m = 0; m < da.length; m++) da[m] = (net.prediction[m] - target[m]) / (N * n);
  } else {
    for (let m = 0; m < da.length; m++) da[m] = net.prediction[m] / N;
    for (let i = 0; i < N; i++) {
      const at = i * n + target[i];
      da[at] = (net.prediction[at] - 1) / N;
    }
  }
  for (let l = L; l >= 1; l--) {
    const { nIn, nOut, W, b, activation } = layers[l - 1];
    const [z, out, delta, up, a, down] =
      [net.z[l], net.a[l], net.delta[l], net.da[l], net.a[l - 1], net.da[l - 1]];
    if (activation === "linear") delta.set(up);
    else for (let m = 0; m < delta.length; m++) delta[m] = up[m] * slope(activation, z[m], out[m]);
    gradient.fill(0, W, b + nOut);
    down.fill(0);
    for (let i = 0; i < N; i++) {
      const from = i * nIn;
      for (let j = 0; j < nOut; j++) {
        const d = delta[i * nOut + j];
        const row = W + j * nIn;
        gradient[b + j] += d;
        for (let k = 0; k < nIn; k++) {
          gradient[row + k] += d * a[from + k];
          down[from + k] += d * theta[row + k];
        }
      }
    }
  }
}

/** What an optimiser keeps between updates; `settings` may leave out what has a default. */
export function createOptimizer(kind, size, settings = {}) {
  if (!OPTIMIZERS.includes(kind)) {
    throw new Error(`unknown optimiser ${kind}; known: ${OPTIMIZERS.join(", ")}`);
  }
  const keeps = { sgd: [], momentum: ["v"], rmsprop: ["s"], adam: ["m", "s"] }[kind];
  const optimizer = {
    kind, t: 0, rate: 0.1, weightDecay: 0, momentum: 0.9, nesterov: false,
    decay: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...settings,
  };
  for (const name of keeps) optimizer[name] = new Float64Array(size);
  return optimizer;
}

/** A copy that shares no array, for stepping back. */
export function copyOptimizer(optimizer) {
  const copy = { ...optimizer };
  for (const name of ["v", "m", "s"]) if (copy[name]) copy[name] = copy[name].slice();
  return copy;
}

/** θ ← θ − (step from the gradient), in place; all parameters at once, from one gradient. */
export function update(optimizer, theta, gradient) {
  const { kind, rate, weightDecay, epsilon } = optimizer;
  optimizer.t += 1;
  const c1 = 1 - optimizer.beta1 ** optimizer.t;
  const c2 = 1 - optimizer.beta2 ** optimizer.t;
  for (let m = 0; m < theta.length; m++) {
    const g = weightDecay ? gradient[m] + weightDecay * theta[m] : gradient[m];
    if (kind === "sgd") theta[m] -= rate * g;
    else if (kind === "momentum") {
      const v = (optimizer.v[m] = optimizer.momentum * optimizer.v[m] + g);
      theta[m] -= rate * (optimizer.nesterov ? g + optimizer.momentum * v : v);
    } else if (kind === "rmsprop") {
      const s = (optimizer.s[m] = optimizer.decay * optimizer.s[m] + (1 - optimizer.decay) * g * g);
      theta[m] -= (rate * g) / (Math.sqrt(s) + epsilon);
    } else {
      const mean = (optimizer.m[m] = optimizer.beta1 * optimizer.m[m] + (1 - optimizer.beta1) * g);
      const s = (optimizer.s[m] = optimizer.beta2 * optimizer.s[m] + (1 - optimizer.beta2) * g * g);
      theta[m] -= (rate * (mean / c1)) / (Math.sqrt(s / c2) + epsilon);
    }
  }
}

/** A small repeatable source of numbers in [0, 1), for placing points (mulberry32). */
export function uniform(seed) {
  let s = seed >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = s;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Numbers with mean 0 and deviation 1 (Box and Muller) from `uniform(seed)`. */
export function normal(seed) {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
