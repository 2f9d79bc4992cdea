"""Optimisers: the update, θ ← θ − η ∇ℒ, and what experience has added to it.

`update()` reads `network.gradient` and changes `network.theta` in place: all parameters at once,
from gradients taken at the old θ. Call it after `network.backward()`.

>>> from course_lib import Dense, MeanSquaredError, Network
>>> network = Network(Dense(1, 1), loss=MeanSquaredError(), seed=0)
>>> network.theta[...] = [3.0, 0.0]
>>> optimizer = SGD(network, learning_rate=0.1)
>>> network.forward([[1.0]], [[2.0]])
1.0
>>> network.backward()
>>> optimizer.update()
>>> network.theta
array([ 2.8, -0.2])
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from course_lib._kernels import aligned_zeros
from course_lib._validation import Array, check_positive
from course_lib.network import Network

# Long vectors are updated piece by piece, so that the pieces of θ, ∇ℒ and the optimiser's memory
# that one formula touches stay in the processor's cache from its first operation to its last.
PIECE = 40960
# A memory of gradients that have stopped coming (behind a dead unit, say) shrinks by a factor in
# every step, down to the subnormal numbers, where a product takes a hundred times as long: an Adam
# step on 784-128-10 takes four times its time after 1,000 steps. So every FORGET steps, memories
# beyond all influence become zero: those within a million (2²⁰) of the smallest normal number.
FORGET = 128
NEGLIGIBLE = 2.0**20


class Optimizer:
    """What all optimisers share: a network, a learning rate, and arrays shaped like θ.

    Attributes
    ----------
    learning_rate : float
        η. You may change it between updates.
    steps : int
        How many updates it has made.
    """

    def __init__(self, network: Network, learning_rate: float, n_memories: int = 0) -> None:
        if not isinstance(network, Network):
            raise ValueError(
                f"an optimiser got {network!r}; expected the Network whose parameters it updates"
            )
        self.network = network
        self.learning_rate = check_positive("learning_rate", learning_rate)
        self.steps = 0
        self._memories = aligned_zeros(n_memories, network.theta.size, network.dtype)
        # the update's numbers as arrays without axes, filled anew each time: ufuncs take these
        # faster than Python floats, and a NumPy scalar of another dtype would slow everything down
        self._rate, self._keep1, self._keep2, self._floor = (
            np.empty((), network.dtype) for _ in range(4)
        )
        self._cut()

    def update(self) -> None:
        """Change `network.theta` in place, from `network.gradient`.

        Raises
        ------
        RuntimeError
            If no backward pass has filled the gradient yet.
        """
        if not self.network.has_gradient:
            raise RuntimeError(
                "update() was called before any backward pass, so there is no gradient; call "
                "network.forward(x, y) and network.backward() first"
            )
        self.steps += 1
        self._begin()
        for arrays in self._pieces:
            self._step(*arrays)
        if self.steps % FORGET == 0:
            self._forget()

    def _forget(self) -> None:
        """Set to zero what a memory holds below all influence."""
        least = NEGLIGIBLE * np.finfo(self.network.dtype).tiny
        for _theta, _gradient, *memories, _room in self._pieces:
            for memory in memories:
                memory[np.abs(memory) < least] = 0.0

    def _cut(self) -> None:
        """Cut θ, ∇ℒ and the memories into pieces, each with the same room beside it.

        They go from the last to the first: the backward pass has filled the gradient's end last,
        and the next forward pass begins with W1, so both find in the cache what they need next.
        """
        size = self.network.theta.size
        room = aligned_zeros(1, min(size, PIECE), self.network.dtype)[0]
        arrays = (self.network.theta, self.network.gradient, *self._memories)
        self._pieces = []
        for start in reversed(range(0, size, PIECE)):
            parts = [array[start : start + PIECE] for array in arrays]
            self._pieces.append((*parts, room[: parts[0].size]))

    def _begin(self) -> None:
        """Prepare what is the same for all parameters of one update."""
        self._rate[...] = self.learning_rate

    def _step(self, theta: Array, gradient: Array, *memories_and_room: Array) -> None:
        """Update one piece of θ; the last array is room for intermediate results."""
        raise NotImplementedError(f"{type(self).__name__} has to define its step")

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_pieces"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._cut()


class SGD(Optimizer):
    """Gradient descent: θ ← θ − η (∇ℒ + λθ) (eq-update, eq-weight-decay).

    With ∇ℒ from a mini-batch it is called stochastic.

    Parameters
    ----------
    network : Network
    learning_rate : float
        η, the step for a gradient of 1.
    weight_decay : float, default 0
        λ. It adds λθ to the gradient, of biases as well, as ``torch.optim.SGD`` does.

    Raises
    ------
    ValueError
        If a number lies outside its range.

    Source: Robbins and Monro (1951), "A stochastic approximation method".
    """

    def __init__(self, network: Network, learning_rate: float, weight_decay: float = 0.0) -> None:
        super().__init__(network, learning_rate)
        self.weight_decay = check_positive("weight_decay", weight_decay, zero=True)

    def _step(self, theta: Array, gradient: Array, room: Array) -> None:  # type: ignore[override]
        if self.weight_decay:
            np.multiply(theta, self.weight_decay, room)
            gradient = np.add(gradient, room, room)
        np.multiply(gradient, self._rate, room)
        np.subtract(theta, room, theta)


class Momentum(Optimizer):
    """Gradient descent with a memory of its direction: v ← μ v + ∇ℒ, θ ← θ − η v (eq-momentum).

    With `nesterov`, θ ← θ − η (∇ℒ + μ v) (eq-nesterov). Both as ``torch.optim.SGD`` has them; v
    starts at 0.

    Parameters
    ----------
    network : Network
    learning_rate : float
        η. Where gradients agree, a step grows to η / (1 − μ) times the gradient.
    momentum : float, default 0.9
        μ, in [0, 1).
    nesterov : bool, default False

    Raises
    ------
    ValueError
        If a number lies outside its range.

    Sources: Polyak (1964), "Some methods of speeding up the convergence of iteration methods";
    Nesterov's form as in Sutskever, Martens, Dahl and Hinton (2013), "On the importance of
    initialization and momentum in deep learning".
    """

    def __init__(
        self,
        network: Network,
        learning_rate: float,
        momentum: float = 0.9,
        nesterov: bool = False,
    ) -> None:
        super().__init__(network, learning_rate, n_memories=1)
        self.momentum = check_positive("momentum", momentum, zero=True, below=1.0)
        self.nesterov = bool(nesterov)

    def _step(  # type: ignore[override]
        self, theta: Array, gradient: Array, v: Array, room: Array
    ) -> None:
        np.multiply(v, self.momentum, v)
        np.add(v, gradient, v)
        direction = v
        if self.nesterov:
            np.multiply(v, self.momentum, room)
            direction = np.add(room, gradient, room)
        np.multiply(direction, self._rate, room)
        np.subtract(theta, room, theta)


class RMSprop(Optimizer):
    """Each parameter's step measured by its gradients' usual size (eq-rmsprop).

    s ← ρ s + (1 − ρ) (∇ℒ)², θ ← θ − η ∇ℒ / (√s + ε), elementwise; s starts at 0.

    Parameters
    ----------
    network : Network
    learning_rate : float
        η.
    decay : float, default 0.9
        ρ, in [0, 1): s remembers about 1 / (1 − ρ) steps.
    epsilon : float, default 1e-8
        ε, outside the root.

    Raises
    ------
    ValueError
        If a number lies outside its range.

    Source: Tieleman and Hinton (2012), "Neural networks for machine learning", lecture 6.5.
    """

    def __init__(
        self,
        network: Network,
        learning_rate: float,
        decay: float = 0.9,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(network, learning_rate, n_memories=1)
        self.decay = check_positive("decay", decay, zero=True, below=1.0)
        self.epsilon = check_positive("epsilon", epsilon)

    def _step(  # type: ignore[override]
        self, theta: Array, gradient: Array, s: Array, room: Array
    ) -> None:
        np.multiply(gradient, gradient, room)
        np.multiply(room, 1.0 - self.decay, room)
        np.multiply(s, self.decay, s)
        np.add(s, room, s)
        np.add(np.sqrt(s, room), self.epsilon, room)
        np.divide(gradient, room, room)
        np.multiply(room, self._rate, room)
        np.subtract(theta, room, theta)


class Adam(Optimizer):
    """Momentum and RMSprop in one, with both memories' slow start corrected (eq-adam).

    m ← β₁ m + (1 − β₁) ∇ℒ, s ← β₂ s + (1 − β₂) (∇ℒ)² (eq-adam-memories), and in step t = 1, 2, …
    θ ← θ − η m̂ / (√ŝ + ε) with m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ) (eq-adam-correction); m and
    s start at 0. The paper calls s "v", a letter that this course keeps for momentum.

    Parameters
    ----------
    network : Network
    learning_rate : float, default 1e-3
        η, about the size of each parameter's step.
    beta1, beta2 : float, defaults 0.9 and 0.999
        β₁ and β₂, in [0, 1).
    epsilon : float, default 1e-8
        ε, outside the root.

    Raises
    ------
    ValueError
        If a number lies outside its range.

    Source: Kingma and Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.
    """

    def __init__(
        self,
        network: Network,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(network, learning_rate, n_memories=2)
        self.beta1 = check_positive("beta1", beta1, zero=True, below=1.0)
        self.beta2 = check_positive("beta2", beta2, zero=True, below=1.0)
        self.epsilon = check_positive("epsilon", epsilon)

    def _begin(self) -> None:
        # The memories are kept without their factors, M = m / (1 − β₁) and S = s / (1 − β₂): two
        # array operations fewer. With c = 1 − βᵗ, m̂ / (√ŝ + ε) is then
        # (1 − β₁) / c₁ · M / (scale √S + ε) with scale = √((1 − β₂) / c₂): dividing by `scale`
        # above and below leaves one number to add and one to multiply by.
        scale = sqrt((1.0 - self.beta2) / (1.0 - self.beta2**self.steps))
        share = (1.0 - self.beta1) / (1.0 - self.beta1**self.steps)
        self._keep1[...], self._keep2[...] = self.beta1, self.beta2
        self._floor[...] = self.epsilon / scale
        self._rate[...] = self.learning_rate * share / scale

    def _step(  # type: ignore[override]
        self, theta: Array, gradient: Array, M: Array, S: Array, room: Array
    ) -> None:
        np.multiply(M, self._keep1, M)
        np.add(M, gradient, M)
        np.multiply(S, self._keep2, S)
        np.multiply(gradient, gradient, room)
        np.add(S, room, S)
        np.add(np.sqrt(S, room), self._floor, room)
        np.divide(M, room, room)
        np.multiply(room, self._rate, room)
        np.subtract(theta, room, theta)
