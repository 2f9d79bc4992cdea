"""The one table of the course's notation: symbol, name, shape, code name, meaning.

The book's notation page, its glossary and its index entries are made from `SYMBOLS`; `WORDS` adds
to the glossary what has no symbol. A test holds that every code name exists.

>>> next(symbol.code for symbol in SYMBOLS if symbol.name == "error of layer l")
'delta'
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SYMBOLS", "WORDS", "Symbol", "Word"]


@dataclass(frozen=True)
class Symbol:
    """One row of the table.

    Attributes
    ----------
    symbol : str
        TeX, as the book writes it.
    name : str
        What it is called; unique, a glossary term and an index entry.
    shape : str
        TeX of its shape, or "number" or "function" or "operation".
    code : str
        Its name in `course_lib` and in the exercises; empty where code has no name for it.
    meaning : str
        One or two sentences for the glossary (Markdown).
    also : tuple of str
        Other names that readers meet elsewhere; each is an index entry.
    """

    symbol: str
    name: str
    shape: str
    code: str
    meaning: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Word:
    """A word of the glossary that stands for no symbol; the fields are those of `Symbol`."""

    name: str
    meaning: str
    also: tuple[str, ...] = ()


SYMBOLS: tuple[Symbol, ...] = (
    Symbol(
        r"i,\ j,\ k",
        "indices",
        "number",
        "",
        "$i$ counts examples, $j$ the neurons of a layer, $k$ the numbers that come in. They start "
        "at 1 on paper and at 0 in code.",
        ("subscripts",),
    ),
    Symbol(
        r"N",
        "number of examples",
        "number",
        "len(x)",
        "How many examples go through the network together; one example per row. In chapter 12, "
        "all training examples, which are cut into mini-batches.",
        ("rows of a batch",),
    ),
    Symbol(
        r"n",
        "batch size",
        "number",
        "batch_size",
        "How many examples a mini-batch $B$ has, where training cuts all $N$ of them. "
        "(In chapter 9, $F$ and $B$ are the prices of the two passes.)",
        ("mini-batch size",),
    ),
    Symbol(
        r"C",
        "number of classes",
        "number",
        "",
        "How many answers a classifier chooses from: one output for each, so $C = n_L$.",
        (),
    ),
    Symbol(
        r"L",
        "number of layers",
        "number",
        "",
        "Layers are counted $l = 1 \\ldots L$; the input is $a^{[0]}$ and is not counted. "
        "A layer is a `Dense` with its activation.",
        ("depth",),
    ),
    Symbol(
        r"n_l",
        "width of layer l",
        "number",
        "n_out",
        "How many neurons layer $l$ has; $n_0$ is the number of inputs.",
        ("number of neurons", "number of units"),
    ),
    Symbol(
        r"x",
        "input",
        r"(N, n_0)",
        "x",
        "The examples that go into the network, one per row.",
        ("features",),
    ),
    Symbol(
        r"y",
        "target",
        r"(N,)\ \text{or}\ (N, n_L)",
        "y",
        "What the network should have answered: integer labels, one-hot rows, or numbers.",
        ("label", "desired output"),
    ),
    Symbol(
        r"W^{[l]}",
        "weights of layer l",
        r"(n_l, n_{l-1})",
        "W",
        "$W_{jk}$ multiplies activation $k$ of the layer before on its way to neuron $j$. "
        "In `network.parameters` the arrays are called `W1`, `W2`, …",
        ("weight", "weight matrix", "connection strengths"),
    ),
    Symbol(
        r"b^{[l]}",
        "biases of layer l",
        r"(n_l,)",
        "b",
        "$b_j$ is added to the weighted sum of neuron $j$. Some introductions subtract a "
        "threshold instead; the bias is that threshold with its sign turned round.",
        ("bias", "threshold", "offset"),
    ),
    Symbol(
        r"z^{[l]},\ Z^{[l]}",
        "pre-activation",
        r"(n_l,),\ (N, n_l)",
        "z",
        "The weighted sum plus the bias, before the activation function bends it.",
        ("weighted sum", "linear transformation", "weighted input", "net input", "logit"),
    ),
    Symbol(
        r"g",
        "activation function",
        "function",
        "forward",
        "Applied to every pre-activation by itself: sigmoid, tanh, ReLU. Softmax is the exception: "
        "it looks at a whole row.",
        ("transfer function", "nonlinearity", "sigma"),
    ),
    Symbol(
        r"g'",
        "derivative of the activation",
        "function",
        "backward",
        "How fast an activation moves when its pre-activation moves: its slope at $z$.",
        ("slope of the activation", "local gradient of an activation"),
    ),
    Symbol(
        r"\sigma",
        "sigmoid function",
        "function",
        "Sigmoid",
        r"$\sigma(z) = 1/(1 + e^{-z})$, one of the activation functions. Chapter 13 writes "
        r"$\sigma$ without an argument for a standard deviation.",
        (
            "sigmoid",
            "logistic function",
        ),
    ),
    Symbol(
        r"a^{[l]},\ A^{[l]}",
        "activation",
        r"(n_l,),\ (N, n_l)",
        "a",
        "The output of layer $l$, $g(z^{[l]})$; $a^{[0]} = x$.",
        ("output of a layer", "unit's value"),
    ),
    Symbol(
        r"\hat y,\ p,\ P",
        "prediction",
        r"(n_L,),\ (N, n_L)",
        "p",
        r"The network's answer: $\hat y$ for an amount, $p$ for a probability, $P$ for a batch. "
        "With softmax every row of $P$ sums to 1. Prediction minus target is the residual.",
        ("network output", "y hat", "estimate"),
    ),
    Symbol(
        r"\mathcal{L}",
        "loss",
        "number",
        "loss",
        "One number that says how wrong the predictions are: the mean over the examples.",
        ("loss function", "cost function", "cost", "error function", "objective", "C", "E", "J"),
    ),
    Symbol(
        r"\ell_i",
        "loss of one example",
        "number",
        "",
        r"What example $i$ adds to the mean: $\mathcal{L} = \frac1N\sum_i \ell_i$.",
        ("surprise",),
    ),
    Symbol(
        r"\delta^{[l]}",
        "error of layer l",
        r"(n_l,)",
        "delta",
        r"$\partial\mathcal{L}/\partial z^{[l]}$ for one example: how much the loss changes when "
        "a pre-activation changes. Blame where it is positive, credit where it is negative. It is "
        r"not the residual $\hat y - y$.",
        ("delta", "error signal", "blame", "sensitivity"),
    ),
    Symbol(
        r"\Delta^{[l]}",
        "error of layer l, batch",
        r"(N, n_l)",
        "delta",
        r"Row $i$ is $\partial\mathcal{L}/\partial z^{(i)}$; it carries the mean's $1/N$.",
        ("Delta", "batch of errors"),
    ),
    Symbol(
        r"\partial\mathcal{L}/\partial W^{[l]}",
        "weight gradient",
        r"(n_l, n_{l-1})",
        "dW",
        "How the loss changes with each weight; shaped like the weights.",
        ("gradient of the weights",),
    ),
    Symbol(
        r"\partial\mathcal{L}/\partial b^{[l]}",
        "bias gradient",
        r"(n_l,)",
        "db",
        "How the loss changes with each bias; shaped like the biases, so summed over the batch.",
        ("gradient of the biases",),
    ),
    Symbol(
        r"\partial\mathcal{L}/\partial a^{[l]}",
        "gradient of an activation",
        r"(n_l,),\ (N, n_l)",
        "da",
        "How the loss changes with each activation: what a layer hands to the layer before it.",
        ("input gradient", "upstream gradient"),
    ),
    Symbol(
        r"\bar p,\ \bar P",
        "upstream gradient of an output",
        r"(n_L,),\ (N, n_L)",
        "delta",
        r"Short for $\partial\mathcal{L}/\partial p$, what arrives at softmax. "
        "The exercises call it `p_bar`.",
        ("adjoint", "cotangent"),
    ),
    Symbol(
        r"\theta",
        "parameters",
        "all weights and biases in one vector",
        "theta",
        "Everything training may change: each weight and each bias of the network.",
        ("trainable parameters",),
    ),
    Symbol(
        r"n_\theta",
        "number of parameters",
        "number",
        "len(theta)",
        "How many weights and biases the network has, all layers together.",
        ("P elsewhere",),
    ),
    Symbol(
        r"\nabla\mathcal{L}",
        "gradient",
        r"\text{that of } \theta",
        "gradient",
        r"All $\partial\mathcal{L}/\partial\theta$ in one vector. It points uphill.",
        ("nabla", "vector of partial derivatives"),
    ),
    Symbol(
        r"\gamma_i",
        "one of many gradients",
        r"\text{that of } \theta",
        "gradient",
        r"$\nabla\mathcal{L}$ as it was in step $i$ of a training, or $\nabla\ell_i$, that of "
        r"example $i$ alone; $\gamma_B$ is the mean over a mini-batch $B$. Others write $g$, which "
        "is the activation function here.",
        ("gamma",),
    ),
    Symbol(
        r"\eta",
        "learning rate",
        "number",
        "learning_rate",
        r"How long a step the update takes: $\theta \leftarrow \theta - \eta\,\nabla\mathcal{L}$.",
        ("step size", "alpha", "epsilon"),
    ),
    Symbol(
        r"c",
        "curvature",
        "number",
        "",
        r"The slope of the slope. On a parabola a learning rate above $2/c$ climbs.",
        ("second derivative",),
    ),
    Symbol(
        r"h",
        "small step",
        "number or array",
        "h",
        "By how much a number is moved to see what follows; the step of a difference quotient.",
        ("nudge", "perturbation"),
    ),
    Symbol(
        r"\mathrm{E}[X]",
        "expectation",
        "number",
        "np.mean",
        "The mean of a random number $X$ over all possible draws. "
        "`np.mean` of many draws comes near.",
        ("mean", "expected value"),
    ),
    Symbol(
        r"\mathrm{Var}(X)",
        "variance",
        "number",
        "np.var",
        r"The mean square of the distance from the mean, "
        r"$\mathrm{E}[X^2] - \mathrm{E}[X]^2$. Its root is the standard deviation.",
        ("scatter",),
    ),
    Symbol(
        r"\sqrt{\mathrm{E}[a^2]}",
        "spread",
        "number",
        "",
        "The root of the mean of the squares of an array: the size of a typical entry. No mean is "
        "subtracted.",
        ("root mean square", "RMS"),
    ),
    Symbol(
        r"\mu",
        "momentum",
        "number",
        "momentum",
        "How much of the velocity is kept from one step to the next, often nine tenths.",
        ("momentum coefficient",),
    ),
    Symbol(
        r"v",
        "velocity",
        r"\text{that of } \theta",
        "v",
        r"What momentum remembers: $v \leftarrow \mu v + \nabla\mathcal{L}$, from $v = 0$.",
        ("momentum buffer", "accumulated gradient"),
    ),
    Symbol(
        r"m",
        "running mean of gradients",
        r"\text{that of } \theta",
        "m",
        r"Adam's first memory; divided by $1 - \beta_1^t$ it is called $\hat m$.",
        ("first moment",),
    ),
    Symbol(
        r"s",
        "running mean of squares",
        r"\text{that of } \theta",
        "s",
        "The mean of squared gradients that RMSprop and Adam keep for each parameter; divided by "
        r"$1 - \beta_2^t$ it is called $\hat s$.",
        ("second moment", "v in Adam's paper"),
    ),
    Symbol(
        r"\rho",
        "decay of RMSprop",
        "number",
        "decay",
        "How much of $s$ RMSprop keeps from one step to the next, often nine tenths.",
        ("rho",),
    ),
    Symbol(
        r"\beta_1,\ \beta_2",
        "decays of Adam",
        "numbers",
        "beta1",
        "How much of $m$ and of $s$ Adam keeps from one step to the next.",
        ("beta",),
    ),
    Symbol(
        r"t",
        "number of the step",
        "number",
        "steps",
        "1, 2, 3, … since the training began; Adam's correction needs it.",
        ("time step",),
    ),
    Symbol(
        r"\varepsilon",
        "guard of the divisor",
        "number",
        "epsilon",
        "A tiny number added to a divisor, so that it is never 0. In chapter 10 "
        r"$\varepsilon$ is the spacing of floating-point numbers at 1.",
        ("machine epsilon",),
    ),
    Symbol(
        r"\lambda",
        "weight decay",
        "number",
        "weight_decay",
        r"Adds $\lambda\theta$ to the gradient, so parameters without one shrink.",
        ("L2 penalty",),
    ),
    Symbol(
        r"\odot",
        "Hadamard product",
        "operation",
        "*",
        "Multiply entry by entry: two arrays of one shape give a third of that shape.",
        ("elementwise product",),
    ),
    Symbol(
        r"\delta\,a^\mathsf{T}",
        "outer product",
        "operation",
        "np.outer",
        "Every entry of one vector times every entry of the other: a column of length $m$ and a "
        "row of length $n$ give an array of shape $(m, n)$.",
        (),
    ),
    Symbol(
        r"W^\mathsf{T}",
        "transpose",
        "operation",
        ".T",
        "Rows and columns exchanged: $(W^\\mathsf{T})_{kj} = W_{jk}$.",
        (),
    ),
    Symbol(
        r"\sum_j",
        "sum over an index",
        "operation",
        ".sum",
        "Add the terms for every value of $j$; along an axis of an array in code.",
        (),
    ),
    Symbol(
        r"J",
        "Jacobian",
        r"(m, n)",
        "",
        "The table of the slopes of $m$ numbers by $n$ numbers, a row for each number that comes "
        "out. Forward mode multiplies it by a column, reverse mode by a row, without writing it.",
        ("matrix of partial derivatives",),
    ),
    Symbol(
        r"\dot v",
        "speed",
        r"\text{like } v",
        "dots",
        "How fast $v$ moves when the inputs move in a chosen direction; carried forward by forward "
        "mode.",
        ("tangent", "dual part", "Jacobian–vector product", "forward mode"),
    ),
    Symbol(
        r"\bar v",
        "bar",
        r"\text{like } v",
        "bars",
        "The slope of a chosen end by $v$; carried backward by reverse mode. For a loss it is the "
        "gradient.",
        (
            "reverse-mode automatic differentiation",
            "autodiff",
            "adjoint",
            "vector–Jacobian product",
            "reverse mode",
        ),
    ),
)


WORDS: tuple[Word, ...] = (
    Word(
        "Adam",
        "An optimiser with a running mean of the gradients and one of their squares, [both "
        "corrected](#adam) for their start at 0.",
    ),
    Word(
        "backpropagation",
        "The [backward pass](#chapter-backward-pass): all gradients of a loss by the chain "
        "rule, from the output to the input, each used again for the next. It updates nothing.",
        (
            "backward pass",
            "backward propagation of errors",
            "backprop",
        ),
    ),
    Word(
        "binary classification",
        "One of two classes, such as spam or not: [one sigmoid output](#binary-output).",
    ),
    Word(
        "broadcasting of arrays",
        "NumPy's rule for arrays of unlike shapes: an axis that is missing or has length 1 is "
        "[repeated](#broadcasting). In the backward pass what was repeated is summed.",
    ),
    Word(
        "cache",
        "What the forward pass [leaves behind](#forward-cache) for the backward pass: what came"
        " into each layer, and its pre-activations.",
    ),
    Word(
        "chain rule",
        "The slope of a function of a function is the [product of their slopes](#chain-rule); "
        "where several ways lead from one number to the other, the products of all ways are "
        "added.",
    ),
    Word(
        "computational graph",
        "A calculation as [nodes and arrows](#graph-nodes): each node computes one number from "
        "those that its arrows bring.",
    ),
    Word(
        "convergence",
        "Further steps [hardly change](#converged) the parameters and the loss. A small "
        "gradient is necessary for it, and not sufficient.",
    ),
    Word(
        "cross-entropy",
        "The loss function of classification: {ref}`minus the logarithm <cross-entropy>` of the "
        "probability that the right class gets, as a mean over the examples.",
        ("binary cross-entropy", "negative log-likelihood"),
    ),
    Word(
        "dead unit",
        "A relu neuron whose pre-activation is negative for every example: its output and its "
        "gradients are 0, so [nothing moves its weights](#dead-units).",
        (
            "dead ReLU",
            "dying relu",
        ),
    ),
    Word(
        "dense layer",
        "A layer of which every neuron is fed by [every number](#dense-layer) of the layer before.",
        ("fully connected layer", "linear layer"),
    ),
    Word(
        "derivative",
        "How fast a function changes when its argument changes: the [slope of its "
        "curve](#slope) at a point.",
        ("slope",),
    ),
    Word(
        "dropout",
        "In each forward pass of the training, a random part of the activations is set to 0: "
        "a kind of {ref}`regularisation <regularisation>`.",
    ),
    Word(
        "early stopping",
        "Ending the training when the held-out loss has not fallen below its best for some "
        "epochs, and [going back](#early-stopping) to the parameters of the best one.",
        ("patience",),
    ),
    Word(
        "epoch",
        "As many iterations as it takes to use [every training example once](#epoch-or-iteration).",
    ),
    Word(
        "example",
        "One input with its target: [a row of a batch](#one-weight-model).",
        ("training example", "sample"),
    ),
    Word(
        "feed-forward network",
        "A network whose connections lead from one layer to the next and [never back](#feed- "
        "forward).",
        ("feed-forward",),
    ),
    Word(
        "forward pass",
        "From the input to the output, layer by layer: [what the network "
        "answers](#chapter-forward-pass).",
        ("forward propagation",),
    ),
    Word(
        "generalisation",
        "Good predictions for examples that the network was [not trained on](#held-out).",
    ),
    Word(
        "gradient accumulation",
        "Three meanings: local gradients multiply along a path, contributions add across "
        "paths, and some libraries add [across calls](#gradient-accumulation).",
    ),
    Word(
        "gradient check",
        "A comparison of gradients with slopes that were [measured](#chapter-gradient-check) by"
        " small steps of the parameters.",
        (
            "gradient checking",
            "finite difference",
            "complex-step derivative",
            "numerical gradient",
        ),
    ),
    Word(
        "gradient descent",
        "Every parameter changes against its derivative, times the [learning rate](#update- "
        "one-weight).",
        ("steepest descent",),
    ),
    Word(
        "held-out examples",
        "Examples that the network is [measured on and never trained on](#held-out).",
        ("validation set", "test set", "development set"),
    ),
    Word(
        "hyperparameter",
        "A number that you choose and that training [does not change](#choosing-a-rate): "
        "learning rate, batch size, width.",
    ),
    Word(
        "initialisation",
        "The weights before the first step, [drawn at random](#glorot-compromise) with a "
        "variance that keeps the signals' size.",
        ("Xavier initialisation", "He initialisation"),
    ),
    Word(
        "iteration",
        "One forward pass, one backward pass and one update, [with one "
        "mini-batch](#one-iteration).",
        ("training step",),
    ),
    Word(
        "layer",
        "Neurons with the same inputs. The [input layer](#layers-of-neurons) holds the "
        "features, the output layer gives the prediction, hidden layers are between.",
        ("input layer", "hidden layer", "output layer"),
    ),
    Word(
        "likelihood",
        "The probability that a model gives to the targets that were [observed](#cross- "
        "entropy-from-probability). Minus its logarithm is a loss.",
    ),
    Word(
        "linear classifier",
        "A model that separates two classes by [a straight line](#decision-line) or plane: "
        "one neuron. A network with activation functions is a nonlinear classifier.",
        ("nonlinear classifier",),
    ),
    Word(
        "local gradient",
        "The derivative of one node's result with respect to [one of its inputs](#local- "
        "gradient).",
        ("local derivative",),
    ),
    Word(
        "matrix multiplication",
        "Every row of the first matrix times every column of the second, [summed over the "
        "inner index](#matrix-product).",
        ("matrix product",),
    ),
    Word(
        "mean squared error",
        "The loss function of regression: the [mean of the squares](#mean-squared-error) of "
        "prediction minus target.",
        ("MSE", "squared error"),
    ),
    Word(
        "mini-batch",
        "Some of the training examples, [used together](#cutting-batches) for one update.",
    ),
    Word(
        "multi-class classification",
        "One of several classes, such as ten digits: [softmax](#multi-class-output) over one "
        "score for each.",
        ("classification",),
    ),
    Word(
        "neural network",
        "A function with many parameters: neurons in [layers](#chapter-forward-pass), a chain "
        "of matrix multiplications with a nonlinear function after each.",
        ("artificial neural network",),
    ),
    Word(
        "neuron",
        "Takes a weighted sum of its inputs and a bias, then applies an [activation "
        "function](#chapter-one-neuron).",
        ("unit",),
    ),
    Word(
        "one-hot vector",
        "The class of an example as numbers: [1 at the class, 0 elsewhere](#multi-class-output).",
    ),
    Word(
        "optimiser",
        "The rule that changes the parameters, given the gradients: SGD, momentum, RMSprop, "
        "Adam ([chapter 11](#chapter-update)).",
        ("optimisation algorithm", "update rule"),
    ),
    Word(
        "overfitting",
        "Learning what is special about the training examples: the training loss falls and the "
        "[held-out loss rises](#held-out).",
        ("learning by heart",),
    ),
    Word(
        "partial derivative",
        "The derivative with respect to one of several numbers, the [others held "
        "fixed](#partial-derivative).",
    ),
    Word(
        "probability distribution",
        "Numbers from 0 to 1, one for each possible result, that [add up to 1](#multi-class- "
        "output).",
    ),
    Word(
        "regression",
        "The target is a number, such as [a length or a price](#what-training-asks).",
    ),
    Word(
        "regularisation",
        "What {ref}`reduces overfitting <regularisation>` without more data: weight decay, early "
        "stopping, dropout.",
    ),
    Word(
        "ReLU",
        "The activation function {ref}`max(0, z) <relu>`: its derivative is 1 or 0.",
        ("rectified linear unit", "rectifier"),
    ),
    Word(
        "RMSprop",
        "An optimiser that divides each parameter's step by the [usual size of its "
        "gradients](#rmsprop).",
    ),
    Word(
        "saturated unit",
        "A tanh or sigmoid neuron so far out that its [slope is almost 0](#saturated-units), "
        "and with it whatever goes back through it.",
        ("saturation",),
    ),
    Word(
        "softmax",
        "Turns scores into probabilities: [exponentials, divided by their sum](#multi-class- "
        "output).",
    ),
    Word(
        "stochastic gradient descent",
        "Gradient descent with the gradient of a [mini-batch](#mini-batches).",
        ("SGD",),
    ),
    Word(
        "supervised learning",
        "Learning from examples [whose targets are known](#what-training-asks).",
    ),
    Word(
        "tanh",
        "The {ref}`hyperbolic tangent <tanh>`, an activation function from −1 to 1.",
        ("hyperbolic tangent",),
    ),
    Word(
        "training data",
        "The examples by whose loss the parameters are changed: the [training set](#one- "
        "weight-model).",
        ("training set", "dataset"),
    ),
    Word(
        "training loss",
        "The loss of the examples that the parameters are changed by. It says nothing about "
        "[others](#held-out).",
    ),
    Word(
        "vanishing gradient",
        "A gradient that is almost 0 in early layers, being a [product of many small "
        "factors](#product-of-slopes). Large factors make it explode.",
        ("exploding gradient",),
    ),
)
