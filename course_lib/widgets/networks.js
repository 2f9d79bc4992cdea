// Where the widgets start; Python reads each line as JSON. 4-2-3 is course_lib.data.worked_network().
export const NETWORKS = {
  "1-1-1": {"sizes": [1, 1, 1], "activations": ["sigmoid", "sigmoid"], "loss": "mse", "theta": [0.8, -0.3, -1.2, 0.5], "x": [1.5, -0.7, 0.4], "y": [0.9, 0.1, 0.6]},
  "2-3-1": {"sizes": [2, 3, 1], "activations": ["tanh", "linear"], "loss": "sigmoid-bce", "theta": [0.9, -0.7, -0.4, 1.1, 0.6, 0.8, 0.1, -0.2, 0.3, 0.7, -0.9, 0.5, -0.1], "x": [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], "y": [0.0, 1.0, 1.0, 0.0]},
  "4-2-3": {"sizes": [4, 2, 3], "activations": ["tanh", "linear"], "loss": "softmax-cross-entropy", "theta": [0.5, -0.3, 0.8, 0.2, -0.6, 0.9, 0.1, -0.4, 0.1, -0.2, 0.7, -0.5, -0.8, 0.3, 0.4, 0.6, 0.2, -0.1, 0.3], "x": [-1.6, 1.3, -1.2, 0.9, -0.4, 1.4, -0.3, 1.5, 0.2, -0.8, 0.6, 1.0, 0.8, -0.1, -0.9, 0.3, -1.1, 0.6, 0.4, -0.3], "y": [0, 0, 1, 0, 2]},
};
