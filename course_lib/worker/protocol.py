"""Messages between the judge and a worker: raw arrays in bounded frames, never pickles.

A frame is a header and a payload. The header holds a magic number, the version, the kind of
message, a nonce of 16 bytes and the payload's length. The payload is one value::

    None, bool, int, float, complex, str, bytes, ndarray, list, tuple, dict with str keys

each written as one tag byte and its content, little-endian. An array is its dtype's code, its
shape and its bytes, in C order. Nothing that arrives is ever executed, and no length is taken at
its word beyond a fixed bound.

The student's code shares a process with one end of the channel, so the judge believes nothing:
every length, depth, dtype and shape is checked, and only a frame with the nonce of the call
being waited for is read at all. A worker that says anything else is ended.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

VERSION = 1
HEADER = struct.Struct("<4sBB2x16sQ")
MAGIC = b"FBU\n"

# What the judge asks, and what a worker answers.
START, CELL, CALL, PROBE, SHOW = 1, 2, 3, 4, 5
DONE, VALUE, FAILED = 65, 66, 67
QUESTIONS = (START, CELL, CALL, PROBE, SHOW)
ANSWERS = (DONE, VALUE, FAILED)

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 16
MAX_ITEMS = 100_000
MAX_TEXT = 2**20
MAX_INT_BYTES = 64
MAX_DIMENSIONS = 16
SPAWN = struct.Struct("<4sIIQ")  # a new worker: magic, CPU seconds, threads, bytes of memory
SPAWN_MAGIC = b"FRK\n"
STUDENT = 1000  # the user's number as student code sees it
LARGE = 2**14  # bytes from which an array is sent from where it lies

Part = bytes | bytearray | memoryview

DTYPES = {
    code: np.dtype(name)
    for code, name in enumerate(
        "? i1 <i2 <i4 <i8 u1 <u2 <u4 <u8 <f2 <f4 <f8 <c8 <c16".split()  # noqa: SIM905
    )
}
CODES = {dtype: code for code, dtype in DTYPES.items()}

_U8, _U32, _U64 = struct.Struct("<B"), struct.Struct("<I"), struct.Struct("<Q")
_F64, _C128 = struct.Struct("<d"), struct.Struct("<dd")


class ProtocolError(ValueError):
    """A message that breaks a rule; the text says which."""


class NotDataError(TypeError):
    """A value that is not plain data; the text says what it is."""


@dataclass(frozen=True)
class Limits:
    """What a message may hold."""

    total: int = MAX_BYTES  # bytes of the payload
    depth: int = MAX_DEPTH  # containers inside one another
    items: int = MAX_ITEMS  # values in all
    text: int = MAX_TEXT  # bytes of one text


REPLY = Limits()
REQUEST = Limits(total=2**31, text=2**25)


def frame(kind: int, nonce: bytes, payload: Sequence[Part]) -> list[Part]:
    """Return header and payload of one message, as parts to be sent one after another.

    A small message is one part, so that its reader wakes up once.

    >>> [whole] = frame(CALL, bytes(16), encode_parts(None))
    >>> kind, nonce, length = header(whole[: HEADER.size], QUESTIONS, 99)
    >>> kind == CALL, length
    (True, 1)
    """
    length = sum(map(len, payload))
    head = HEADER.pack(MAGIC, VERSION, kind, nonce, length)
    if payload and isinstance(payload[0], bytes):
        return [head + payload[0], *payload[1:]]
    return [head, *payload]


def header(head: Part, kinds: tuple[int, ...], most: int) -> tuple[int, bytes, int]:
    """Return kind, nonce and payload length of a header, checked.

    Raises
    ------
    ProtocolError
        On another magic number or version, a kind not in `kinds`, or more than `most` bytes.
    """
    magic, version, kind, nonce, length = HEADER.unpack(head)
    if magic != MAGIC:
        raise ProtocolError("this is no message of the protocol")
    if version != VERSION:
        raise ProtocolError(f"a message of version {version} came, version {VERSION} is spoken")
    if kind not in kinds:
        raise ProtocolError(f"a message of kind {kind} came where it does not belong")
    if length > most:
        raise ProtocolError(f"a message of {length} bytes came, at most {most} are read")
    return kind, nonce, length


def encode(value: Any, limits: Limits = REPLY) -> bytes:
    """Return `value` as bytes; see `encode_parts`.

    >>> decode(encode({"dW": np.eye(2), "n": 3}))["dW"].shape
    (2, 2)
    """
    return b"".join(encode_parts(value, limits))


def encode_parts(value: Any, limits: Limits = REPLY) -> list[Part]:
    """Return `value` as bytes in parts; large arrays are views of their own memory.

    NumPy scalars become Python's numbers, subclasses of ndarray plain arrays. The same limits hold
    where it is decoded.

    Raises
    ------
    NotDataError
        On anything that is not plain data, and on more of it than the limits allow.
    """
    writer = _Writer(limits)
    writer.write(value, 0)
    parts: list[Part] = []
    for small, run in groupby(writer.parts, lambda part: isinstance(part, bytes)):
        parts.extend([b"".join(run)] if small else run)  # noqa: B031 (one of them)
    return parts


class _Writer:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.parts: list[Part] = []
        self.total = 0
        self.items = 0

    def add(self, part: Part) -> None:
        self.total += len(part)
        if self.total > self.limits.total:
            raise NotDataError(f"more than {self.limits.total // 2**20} MB")
        self.parts.append(part)

    def text(self, tag: bytes, text: str | bytes) -> None:
        raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        if len(raw) > self.limits.text:
            raise NotDataError(f"a text of {len(raw)} bytes")
        self.add(tag + _U32.pack(len(raw)) + raw)

    def write(self, value: Any, depth: int) -> None:
        self.items += 1
        if self.items > self.limits.items:
            raise NotDataError(f"more than {self.limits.items} values in lists")
        if depth > self.limits.depth:
            raise NotDataError(f"lists nested more than {self.limits.depth} deep")
        # The most frequent first. A NumPy scalar may be a float of Python's as well.
        if isinstance(value, np.ndarray):
            self.array(value)
        elif isinstance(value, str):
            self.text(b"s", value)
        elif isinstance(value, (list, tuple)):
            self.add((b"l" if isinstance(value, list) else b"t") + _U32.pack(len(value)))
            for item in value:
                self.write(item, depth + 1)
        elif isinstance(value, dict):
            self.add(b"d" + _U32.pack(len(value)))
            for key, item in value.items():
                if not isinstance(key, str):
                    raise NotDataError(f"a dictionary with a key of type {type(key).__name__}")
                self.text(b"s", key)
                self.write(item, depth + 1)
        elif value is None:
            self.add(b"N")
        elif value is True or value is False:
            self.add(b"T" if value else b"F")
        elif isinstance(value, int):
            self.integer(int(value))
        elif isinstance(value, float):
            self.add(b"f" + _F64.pack(value))
        elif isinstance(value, complex):
            self.add(b"c" + _C128.pack(value.real, value.imag))
        elif isinstance(value, bytes):
            self.text(b"b", value)
        elif isinstance(value, np.generic) and value.dtype.kind in "biufc":
            number = value.item()
            if isinstance(number, np.generic):  # only NumPy has its precision
                number = complex(number) if value.dtype.kind == "c" else float(number)
            self.write(number, depth)
        else:
            raise NotDataError(f"an object of type {type(value).__name__}")

    def integer(self, value: int) -> None:
        size = (value.bit_length() + 8) // 8
        if size > MAX_INT_BYTES:
            raise NotDataError(f"a whole number of {value.bit_length()} bits")
        self.add(b"i" + _U8.pack(size) + value.to_bytes(size, "little", signed=True))

    def array(self, value: Any) -> None:
        plain = np.ndarray.view(value, np.ndarray)
        dtype = plain.dtype.newbyteorder("<") if plain.dtype.kind in "iufc" else plain.dtype
        if dtype.kind in "fc" and dtype not in CODES:  # longdouble: no two machines agree on it
            dtype = np.dtype("<f8" if dtype.kind == "f" else "<c16")
        code = CODES.get(dtype)
        if code is None:
            raise NotDataError(f"an array of dtype {plain.dtype}")
        if plain.ndim > MAX_DIMENSIONS:
            raise NotDataError(f"an array of {plain.ndim} dimensions")
        flat = np.ascontiguousarray(plain, dtype)
        shape = struct.pack(f"<{plain.ndim}Q", *plain.shape)
        self.add(b"a" + _U8.pack(code) + _U8.pack(plain.ndim) + shape)
        if flat.nbytes < LARGE:
            self.add(flat.tobytes())
        else:
            self.add(memoryview(flat.reshape(-1).view(np.uint8)))  # type: ignore[arg-type]


def decode(payload: Part, limits: Limits = REPLY) -> Any:
    """Return the value of a payload; arrays are fresh, plain and writable.

    The payload may be anything at all.

    Raises
    ------
    ProtocolError
        On any payload that `encode` cannot have written within these limits.
    """
    if len(payload) > limits.total:
        raise ProtocolError(f"{len(payload)} bytes came, at most {limits.total} are read")
    reader = _Reader(payload, limits)
    value = reader.read(0)
    if reader.position != len(payload):
        raise ProtocolError(f"{len(payload) - reader.position} bytes are left over")
    return value


class _Reader:
    def __init__(self, payload: Part, limits: Limits) -> None:
        self.payload = memoryview(payload)
        self.limits = limits
        self.position = 0
        self.items = 0

    def take(self, size: int) -> memoryview:
        end = self.position + size
        if end > len(self.payload):
            raise ProtocolError("the message ends too early")
        part = self.payload[self.position : end]
        self.position = end
        return part

    def number(self, form: struct.Struct) -> Any:
        return form.unpack(self.take(form.size))[0]

    def text(self) -> str:
        try:
            return str(self.raw(), "utf-8")
        except UnicodeDecodeError as error:
            raise ProtocolError("a text is not UTF-8") from error

    def raw(self) -> memoryview:
        size = self.number(_U32)
        if size > self.limits.text:
            raise ProtocolError(f"a text of {size} bytes")
        return self.take(size)

    def count(self) -> int:
        count = self.number(_U32)
        if count > self.limits.items or count > len(self.payload) - self.position:
            raise ProtocolError(f"a list of {count} values")
        return count

    def read(self, depth: int) -> Any:
        self.items += 1
        if self.items > self.limits.items:
            raise ProtocolError(f"more than {self.limits.items} values")
        if depth > self.limits.depth:
            raise ProtocolError(f"nested more than {self.limits.depth} deep")
        tag = bytes(self.take(1))
        if tag == b"a":
            return self.array()
        if tag == b"N":
            return None
        if tag in b"TF":
            return tag == b"T"
        if tag == b"i":
            size = self.number(_U8)
            if size > MAX_INT_BYTES:
                raise ProtocolError(f"a whole number of {size} bytes")
            return int.from_bytes(self.take(size), "little", signed=True)
        if tag == b"f":
            return self.number(_F64)
        if tag == b"c":
            return complex(*_C128.unpack(self.take(_C128.size)))
        if tag == b"s":
            return self.text()
        if tag == b"b":
            return bytes(self.raw())
        if tag in b"lt":
            items = [self.read(depth + 1) for _ in range(self.count())]
            return items if tag == b"l" else tuple(items)
        if tag == b"d":
            return self.mapping(depth)
        raise ProtocolError(f"no value begins with {tag!r}")

    def mapping(self, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for _ in range(self.count()):
            if self.take(1) != b"s":
                raise ProtocolError("a text was expected")
            key = self.text()
            if key in mapping:
                raise ProtocolError("a dictionary names a key twice")
            mapping[key] = self.read(depth + 1)
        return mapping

    def array(self) -> np.ndarray:
        code, dimensions = self.number(_U8), self.number(_U8)
        dtype = DTYPES.get(code)
        if dtype is None:
            raise ProtocolError(f"no dtype has the code {code}")
        if dimensions > MAX_DIMENSIONS:
            raise ProtocolError(f"an array of {dimensions} dimensions")
        shape = struct.unpack(f"<{dimensions}Q", self.take(8 * dimensions))
        size = dtype.itemsize
        for length in shape:
            size *= max(length, 1)
            if size > self.limits.total:
                raise ProtocolError("an array's shape says more bytes than a message may hold")
        raw = self.take(0 if 0 in shape else size)
        if dtype.kind == "b":  # any byte but 0 is True: NumPy must never see another
            return np.array(np.frombuffer(raw, np.uint8).reshape(shape) != 0)
        return np.frombuffer(raw, dtype).reshape(shape).copy()
