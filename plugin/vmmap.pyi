# SPDX-License-Identifier: GPL-3.0-or-later
# Types of `import vmmap` in GDB's Python, for editors and type checkers: what the plugin is there.
from typing import Iterable, List, Literal, Optional, Tuple, Union

import gdb

class Map:
    """One row of a memory map. It never changes."""

    def __init__(
        self,
        start: int,
        end: int,
        permissions: str = ...,
        offset: Optional[int] = ...,
        backing_file: str = ...,
        label: str = ...,
        origin: str = ...,
        saved: Optional[int] = ...,
        physical: Optional[int] = ...,
        page_size: Optional[int] = ...,
        user: Optional[str] = ...,
        kernel: Optional[str] = ...,
    ) -> None: ...
    @property
    def start(self) -> int: ...
    @property
    def base(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def permissions(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def offset(self) -> Optional[int]: ...
    @property
    def backing_file(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def saved(self) -> Optional[int]: ...
    @property
    def physical(self) -> Optional[int]: ...
    @property
    def page_size(self) -> Optional[int]: ...
    @property
    def user(self) -> Optional[str]: ...
    @property
    def kernel(self) -> Optional[str]: ...
    def keys(self) -> List[str]: ...
    def __getitem__(self, key: str) -> Union[int, str, None]: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

class MapList(List[Map]):
    """A list of Map objects; it stays what it was when the process runs on or ends."""

    @property
    def target(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def exact(self) -> bool: ...
    @property
    def notes(self) -> List[str]: ...
    def filter(
        self,
        value: Union[int, str, None] = ...,
        *,
        address: Optional[int] = ...,
        range: Optional[Tuple[int, int]] = ...,
        name: Optional[str] = ...,
        regex: Optional[str] = ...,
        perms: Optional[str] = ...,
        before: Optional[int] = ...,
        after: Optional[int] = ...,
        writable: bool = ...,
        executable: bool = ...,
        sort: Optional[Literal["start", "size", "name"]] = ...,
    ) -> MapList: ...

class Change:
    """One change between two maps; diff() makes them."""

    @property
    def kind(
        self,
    ) -> Literal["added", "removed", "grown", "shrunk", "moved", "permissions", "replaced"]: ...
    @property
    def map(self) -> Map: ...
    @property
    def before(self) -> Optional[Map]: ...

def maps(
    *,
    inferior: Union[int, gdb.Inferior, None] = ...,
    address: Optional[int] = ...,
    range: Optional[Tuple[int, int]] = ...,
    name: Optional[str] = ...,
    regex: Optional[str] = ...,
    perms: Optional[str] = ...,
    before: Optional[int] = ...,
    after: Optional[int] = ...,
    writable: bool = ...,
    executable: bool = ...,
    sort: Optional[Literal["start", "size", "name"]] = ...,
) -> MapList: ...
def diff(
    before: Union[str, Iterable[Map], None] = ..., after: Optional[Iterable[Map]] = ...
) -> List[Change]: ...
def snapshot(name: str = ...) -> None: ...
