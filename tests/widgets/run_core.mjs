// Runs the cases on standard input through core.js and writes what came out. Each case holds widths,
// activations, loss, θ, data, optimiser and number of updates; nothing is drawn at random here.
import { readFileSync } from "node:fs";
import { backward, createNetwork, createOptimizer, forward, update } from "../../course_lib/widgets/core.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const results = cases.map(({ sizes, activations, loss, theta, x, y, N, optimizer, settings, updates }) => {
  const net = createNetwork(sizes, activations, loss, theta);
  const first = forward(net, x, y, N);
  backward(net);
  const result = { loss: first, gradient: [...net.gradient], prediction: [...net.prediction] };
  const state = createOptimizer(optimizer, theta.length, settings);
  const losses = [];
  for (let n = 0; n < updates; n++) {
    losses.push(forward(net, x, y, N));
    backward(net);
    update(state, net.theta, net.gradient);
  }
  return { ...result, losses, theta: [...net.theta] };
});
process.stdout.write(JSON.stringify(results));
