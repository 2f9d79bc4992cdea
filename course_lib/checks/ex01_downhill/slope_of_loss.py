from __future__ import annotations

import numpy as np

from course_lib.checks.ex01_downhill.loss_of_weight import SIZES, data, example, of_residual, sizes
from course_lib.checks.ex01_downhill.reference import (
    loss_of_weight,
    slope_of_loss,
)
from course_lib.checks.question import Mistake, Part, Question, page

PAGE = page(__name__)
SLOPE_OF_LOSS = Question(
    name="slope_of_loss",
    signature="slope_of_loss(w, x, y) -> derivative",
    returns=("derivative",),
    parts=(Part("derivative", 2),),
    section=f"{PAGE}#slope-one-weight",
    place="Look at the derivative of one example's square: the outer derivative, and that of w·x.",
    inputs=data,
    reference=slope_of_loss,
    fixtures=SIZES,
    sizes=sizes,
    example=example,
    correct={
        "a loop": lambda w, x, y: (
            sum(2 * (w * a - b) * a for a, b in zip(x, y, strict=True)) / len(x)
        ),
        "einsum": lambda w, x, y: 2 / len(x) * np.einsum("i,i->", w * x - y, x),
        "inner products": lambda w, x, y: 2 * (w * (x @ x) - x @ y) / len(x),
        "central differences": lambda w, x, y: (
            (loss_of_weight(w + 1e-4, x, y) - loss_of_weight(w - 1e-4, x, y)) / 2e-4
        ),
    },
    mistakes=(
        Mistake(
            "B07",
            "The factor 2 from the derivative of the square is missing.",
            of_residual(lambda e, x: (e * x).mean()),
            "What is the derivative of a square?",
        ),
        Mistake(
            "input-missing",
            "The factor x is missing: when w changes by a little, w·x changes x times as much.",
            of_residual(lambda e, x: (2 * e).mean()),
            "When w grows by 1, by how much does the residual of one example grow?",
        ),
        Mistake(
            "B04",
            "The derivatives of the examples are added, but not averaged.",
            of_residual(lambda e, x: (2 * e * x).sum()),
            "The loss is a mean. What is the derivative of a mean?",
        ),
        Mistake(
            "B09",
            "The residual is subtracted in the wrong order. It should be w·x − y.",
            of_residual(lambda e, x: (-2 * e * x).mean()),
            "If all predictions are too large and x is positive, should the derivative be "
            "positive?",
        ),
        Mistake(
            "product-of-means",
            "The mean of the residuals is multiplied by the mean of x. Each residual should be "
            "multiplied by its own x before the mean is taken.",
            of_residual(lambda e, x: 2 * e.mean() * x.mean()),
            "By which x should each residual be multiplied?",
        ),
        Mistake(
            "loss-for-derivative",
            "The squared residuals are used. The derivative of a square is twice the residual.",
            of_residual(lambda e, x: (e**2 * x).mean()),
            "Does the task ask for the loss, or for its derivative?",
        ),
        Mistake(
            "per-example",
            "Your function returns one derivative per example. The loss is one number, so its "
            "derivative with respect to w should be one number.",
            of_residual(lambda e, x: 2 * e * x),
            "With respect to how many weights is the derivative taken?",
        ),
    ),
)
