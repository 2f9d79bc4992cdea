"""Compare a result with a number as it stands in print."""

from decimal import Decimal

import numpy as np


def agrees(result, *printed, units=0.5):
    """Say whether each result rounds to what is printed (as text, so that its digits count).

    `units` is the allowed distance in units of the last printed place: 0.5 for a rounded number,
    1 for a source that cuts digits off.
    """
    results = np.ravel(result)
    assert len(results) == len(printed), f"{len(results)} results for {len(printed)} numbers"
    for number, text in zip(results, printed, strict=True):
        place = 10.0 ** Decimal(text).as_tuple().exponent
        if not abs(number - float(text)) <= units * place * (1 + 1e-9):
            return False
    return True
