"""Saving and loading a network's parameters: one `.npz` file, never a pickle.

A pickle runs code when it is opened; the arrays of an `.npz` file are numbers and nothing else.

>>> import os, tempfile
>>> from course_lib import Dense, MeanSquaredError, Network
>>> network = Network(Dense(2, 1), loss=MeanSquaredError(), seed=0)
>>> path = os.path.join(tempfile.mkdtemp(), "parameters.npz")
>>> save(network, path)
>>> other = Network(Dense(2, 1), loss=MeanSquaredError(), seed=1)
>>> load(other, path)
>>> bool((other.theta == network.theta).all())
True
"""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from course_lib._validation import parameter_values
from course_lib.network import Network

FORMAT = "course_lib parameters 1"
_HEADER = 4096  # more bytes than the header of any array in such a file has


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write the parameters of `network` to `path`, replacing the file in one step.

    The file holds the arrays ``W1``, ``b1``, … and a line that names the format.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path = Path(path)
    half = path.with_name(path.name + ".part")
    try:
        with open(half, "wb") as file:
            arrays: dict[str, Any] = {"format": np.array(FORMAT), **network.parameters}
            np.savez(file, **arrays)
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)


def load(network: Network, path: str | os.PathLike[str]) -> None:
    """Read parameters saved by `save` into `network`, which has to have the same layers.

    Either every parameter is replaced, or none.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, is no file of `save`, or belongs to other layers.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {Path(member.filename).stem: member.file_size for member in archive.infolist()}
        _check_names(sizes, network, path)
        with np.load(path, allow_pickle=False) as arrays:
            if str(arrays["format"]) != FORMAT:
                raise _foreign(path, sizes)
            parameters = {
                name: parameter_values(f"{name} in {path}", arrays[name], like)
                for name, like in network.parameters.items()
            }
    except FileNotFoundError:
        raise
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise ValueError(
            f"{path} is damaged, or no .npz file ({error}); save the parameters again with "
            "course_lib.storage.save(network, path)"
        ) from None
    for name, values in parameters.items():
        network.parameters[name][...] = values


def _check_names(sizes: dict[str, int], network: Network, path: Path) -> None:
    """Raise unless these are the network's arrays, none larger than it can be.

    The sizes come from the archive's table of contents: nothing has been unpacked yet.
    """
    if "format" not in sizes:
        raise _foreign(path, sizes)
    names = [name for name in sizes if name != "format"]
    if names != list(network.parameters):
        raise ValueError(
            f"{path} holds {', '.join(names)}, but the network has "
            f"{', '.join(network.parameters)}; build it with the layers that were saved"
        )
    for name, size in sizes.items():
        numbers = network.parameters[name].size if name != "format" else 0
        if size > _HEADER + 16 * numbers:
            raise ValueError(
                f"{path}: {name} takes {size} bytes, more than {numbers} numbers can; the file "
                "belongs to a network with other layers, or is damaged"
            )


def _foreign(path: Path, sizes: dict[str, int]) -> ValueError:
    return ValueError(
        f"{path} was not written by course_lib.storage.save (it holds "
        f"{', '.join(sizes) or 'nothing'}); expected a file of that function"
    )
