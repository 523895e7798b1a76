from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

__version__: str

class Model:
    def __init__(self, path: bytes | None, threads: int, precision: str) -> None: ...
    @property
    def name(self) -> bytes: ...
    @property
    def description(self) -> str: ...
    @property
    def parameter_count(self) -> int: ...
    @property
    def size_multiple(self) -> int: ...
    def inpaint(
        self,
        image: NDArray[Any],
        mask: NDArray[Any] | None,
        output: NDArray[Any],
        *,
        dilate: int | None,
        feather: int | None,
        mask_threshold: float,
        invert_mask: bool,
        fill_transparent: bool,
        strategy: str,
        detail: str,
        match: str,
        memory_limit: int,
        published: bool,
        progress: Callable[[float], object] | None,
    ) -> bool: ...
