# SPDX-License-Identifier: GPL-3.0-or-later
"""Page tables of every format, written byte by byte from a list of mappings, and the rows that must
come out. The rows are computed from that list, never from the tables."""

import collections
import itertools
import struct

# A mapping: `user` and `kernel` are what each may do ("rwx", "r--", ...); `size` is the page's.
Page = collections.namedtuple("Page", "virtual physical size user kernel attributes",
                              defaults=(0,))

# A row as it must be shown. `physical` and `page_size` are None where the row has no single one.
Row = collections.namedtuple("Row", "start end perms user kernel physical page_size")


def letters(page):
    """User mode's, unless the kernel may do what they do not say."""
    more = set(page.kernel) - set(page.user + "-")
    return page.kernel + "k" if more or page.user == "---" else page.user + "u"


def rows_of(pages):
    """The rows for these pages: neighbours that agree are one."""
    rows = []
    last = None
    for page in sorted(pages):
        same = (last is not None and rows[-1].end == page.virtual and
                (last.user, last.kernel, last.attributes) ==
                (page.user, page.kernel, page.attributes))
        if same:
            row = rows[-1]
            joined = (row.physical is not None and
                      row.physical + (row.end - row.start) == page.physical)
            rows[-1] = row._replace(
                end=page.virtual + page.size, physical=row.physical if joined else None,
                page_size=row.page_size if row.page_size == page.size else None)
        else:
            rows.append(Row(page.virtual, page.virtual + page.size, letters(page), page.user,
                            page.kernel, page.physical, page.size))
        last = page
    return rows


def shown_rows(answer):
    """The same of a JSON answer."""
    def number(text):
        return None if text is None else int(text, 16)
    return [Row(int(r["start"], 16), int(r["end"], 16), r["perms"], r["user"], r["kernel"],
                number(r.get("physical")), number(r.get("page_size"))) for r in answer["regions"]]


def without(letters, rights):
    return "".join("-" if letter in letters else letter for letter in rights)


def common_rights(rights, others):
    return "".join(letter if letter == other else "-" for letter, other in zip(rights, others))


class Tables:
    """Page tables in the making: memory from `base` on, tables taken one after the other. `levels`
    are (shift, bits of index), the root first; an address is that of the range that begins at
    `start`, or sign-extended."""

    FLAGS = 1  # of an entry that points to a table
    RIGHTS = ()  # pairs of what the kernel and the user may do, all that the format has
    LIMITS = ()  # flags of an entry that points to a table, and what (kernel, user) become
    ATTRIBUTES = (0, 1)  # an ordinary memory type, and another one

    def __init__(self, base, levels, page=0x1000, entry_size=8, start=0, signed=False,
                 physical_bits=40):
        self.base, self.page, self.entry_size = base, page, entry_size
        self.start, self.signed, self.physical_bits = start, signed, physical_bits
        self.begin(levels)

    def begin(self, levels):
        """With an empty root."""
        self.levels = levels
        self.memory = bytearray()
        self.pages = []
        self.root = self.new_table(0)
        self.made = [((), self.root)]  # every table, and the indexes that lead to it

    @property
    def blob(self):
        return (self.base, bytes(self.memory))

    def new(self, size=None, align=None):
        align = align or self.page
        self.memory += bytes(-(self.base + len(self.memory)) % align)
        at = self.base + len(self.memory)
        self.memory += bytes(size or self.page)
        return at

    def new_table(self, depth):
        del depth  # all tables are alike, but for ARM's short descriptors
        return self.new()

    def put(self, table, index, value):
        struct.pack_into("<Q" if self.entry_size == 8 else "<I", self.memory,
                         table - self.base + index * self.entry_size, value)

    def get(self, table, index):
        return struct.unpack_from("<Q" if self.entry_size == 8 else "<I", self.memory,
                                  table - self.base + index * self.entry_size)[0]

    def pointer(self, address, depth, flags):
        """The entry of a table at `depth` that points to another table."""
        del depth
        return address | flags

    def target(self, entry):
        return entry & 0xfffffffff000 & -self.page

    def leaf(self, physical, depth, size, kernel, user, attributes):
        raise NotImplementedError

    def indexes(self, virtual, depth):
        return tuple(virtual >> shift & (1 << bits) - 1 for shift, bits in self.levels[:depth])

    def index(self, virtual, depth):
        return self.indexes(virtual, depth + 1)[depth]

    def address(self, *indexes):
        top = sum(self.levels[0])
        virtual = sum(index << shift for index, (shift, _) in zip(indexes, self.levels))
        if self.signed and virtual >> top - 1:
            virtual += 2**64 - (1 << top)
        return self.start + virtual

    def link(self, virtual, depth, address, flags=None):
        """Lets the table at `depth` on the way to an address point to another table."""
        self.put(self.table(virtual, depth), self.index(virtual, depth),
                 self.pointer(address, depth, self.FLAGS if flags is None else flags))

    def table(self, virtual, depth, flags=None):
        """The table at that depth on the way to an address, 0 for the root; made if missing, with
        `flags` in the entries that point to those made."""
        at = self.root
        for above in range(depth):
            entry = self.get(at, self.index(virtual, above))
            if not entry:
                new = self.new_table(above + 1)
                entry = self.pointer(new, above, self.FLAGS if flags is None else flags)
                self.put(at, self.index(virtual, above), entry)
                self.made.append((self.indexes(virtual, above + 1), new))
            at = self.target(entry)
        return at

    def map(self, virtual, physical, size, kernel, user="---", attributes=None, flags=None):
        """A page; `flags` are those of tables that have to be made. It has several entries where
        its size is not that of a level."""
        attributes = self.ATTRIBUTES[0] if attributes is None else attributes
        depth = next(d for d, (shift, _) in enumerate(self.levels) if 1 << shift <= size)
        table, index = self.table(virtual, depth, flags), self.index(virtual, depth)
        for i in range(size >> self.levels[depth][0]):
            self.put(table, index + i, self.leaf(physical, depth, size, kernel, user, attributes))
        self.pages.append(Page(virtual, physical, size, user, kernel, attributes))

    def limit(self, limit):
        """The last page may do no more than this."""
        page = self.pages[-1]
        kernel, user = limit(page.kernel, page.user)
        self.pages[-1] = page._replace(kernel=kernel, user=user)

    def share(self, virtual, like, depth):
        """Uses the table at `depth` for another address as well."""
        self.link(virtual, depth - 1, self.table(like, depth))
        mask = (1 << self.levels[depth - 1][0]) - 1
        self.pages += [page._replace(virtual=virtual & ~mask | page.virtual & mask)
                       for page in self.pages if page.virtual & ~mask == like & ~mask]
        self.made += [(self.indexes(virtual, depth) + path[depth:], address)
                      for path, address in self.made if path[:depth] == self.indexes(like, depth)]

    def map_itself(self, virtual, depth, slot, user, kernel, attributes):
        """The table at `depth` points to itself, so that it and all below it are seen as pages."""
        table = self.table(virtual, depth)
        prefix = self.indexes(virtual, depth)
        self.put(table, slot, self.pointer(table, depth, self.FLAGS))
        for path, address in self.made:
            if path[:depth] == prefix:
                around = (slot,) * (len(self.levels) - len(path))
                self.pages.append(Page(self.address(*prefix, *around, *path[depth:]), address,
                                       self.page, user, kernel, attributes))

    def areas(self, after):
        """The depth of the table in which areas are told apart, and the addresses of areas, one
        after the other, behind this one."""
        depth = 0 if self.levels[0][1] >= 6 else 1
        shift = self.levels[depth][0]
        first = (after - self.start >> shift) + 1
        return depth, (self.start + (first + i << shift) for i in itertools.count())

    def fill(self, code, physical, blocks):
        """Everything that a format can say; `blocks` are the depths at which a page may be."""
        small = self.page
        depth, areas = self.areas(code or self.start)
        if code is not None:
            self.map(code, code, small, *self.CODE)
        at = next(areas)
        for i, (kernel, user) in enumerate(self.RIGHTS):  # with holes between
            self.map(at + 2 * i * small, physical + i * small, small, kernel, user)
        at = next(areas)  # contiguous, not contiguous, a hole, another memory type
        for i, (number, kind) in enumerate(((0, 0), (1, 0), (5, 0), (None, 0), (7, 0), (8, 1))):
            if number is not None:
                self.map(at + i * small, physical + number * small, small, *self.RIGHTS[-1],
                         attributes=self.ATTRIBUTES[kind])
        self.map(next(areas), (1 << self.physical_bits) - small, small, *self.RIGHTS[0])
        for block in blocks:
            self.fill_blocks(areas, block, depth, physical)
        for below in range(depth + 1, len(self.levels)):
            for flags, limit in self.LIMITS:
                self.fill_limited(next(areas), below, flags, limit, physical)
        last = self.address(*[(1 << bits) - 1 for _, bits in self.levels])
        self.map(last, physical + small, small, *self.RIGHTS[1])

    def fill_blocks(self, areas, depth, area_depth, physical):
        """Two that are contiguous, one that is not, at different addresses in the table."""
        size = 1 << self.levels[depth][0]
        at = next(areas) + (0 if depth <= area_depth else 3 * size)
        if depth <= area_depth:  # then each is an area
            next(areas), next(areas)
        first = -(-physical // size) * size
        if first + 2 * size > 1 << self.physical_bits:
            first = 0
        for i, rights in enumerate((self.RIGHTS[0], self.RIGHTS[0], self.RIGHTS[1])):
            self.map(at + i * size, first + (i % 2) * size, size, *rights)

    def fill_limited(self, at, depth, flags, limit, physical):
        """The entry that points to the table at `depth` takes rights away."""
        self.table(at, depth - 1)
        self.table(at, depth, flags)
        for i, (kernel, user) in enumerate(self.RIGHTS):
            self.map(at + 2 * i * self.page, physical + i * self.page, self.page, kernel, user)
            self.limit(limit)

    def fill_oddly(self, code, physical, outside, seen):
        """Shared tables, a table that is outside of memory, and one that points to itself: then
        tables are seen as pages, with the rights of `seen` (user, kernel, memory type), or not at
        all where it is None. Returns what the notes must be like."""
        depth, areas = self.areas(code or self.start)
        if code is not None:
            self.map(code, code, self.page, *self.CODE)
        at = next(areas)
        for i in range(3):
            self.map(at + 2 * i * self.page, physical + i * self.page, self.page, *self.RIGHTS[i])
        if depth + 2 < len(self.levels):  # there is a table below to share, too
            self.share(at + (3 << self.levels[depth + 1][0]), at, depth + 2)
        self.share(next(areas), at, depth + 1)
        self.share(next(areas), at, depth + 1)
        nowhere, itself = next(areas), next(areas)
        self.link(nowhere, depth, outside)
        self.made.append((self.indexes(nowhere, depth + 1), outside))
        notes = [f"page tables? could not be read .the first at physical address {outside:#x}."]
        if seen:
            self.map_itself(itself, depth, self.index(itself, depth), *seen)
        else:
            self.link(itself, depth, self.table(itself, depth))
            notes.append("break the rules|breaks the rules")
        return notes + ["self-map"]


class X86Tables(Tables):
    """4-level, 5-level and PAE tables."""

    FLAGS = 7
    CODE = ("rwx", "---")
    RIGHTS = [(kernel, user) for kernel in ("r--", "r-x", "rw-", "rwx")
              for user in ("---", kernel)]
    LIMITS = [(5, lambda kernel, user: (without("w", kernel), without("w", user))),
              (3, lambda kernel, user: (kernel, "---")),
              (7 | 1 << 63, lambda kernel, user: (without("x", kernel), without("x", user))),
              (1 | 1 << 63, lambda kernel, user: (without("wx", kernel), "---"))]
    ATTRIBUTES = (0, 6)
    SEEN = ("rwx", "rwx", 0)

    def __init__(self, base, count):
        levels = [(12 + 9 * i, 9) for i in range(count - 1, -1, -1)]
        if count == 3:
            levels[0] = (30, 2)
        super().__init__(base, levels, signed=count > 3)

    def pointer(self, address, depth, flags):
        return address | (1 if len(self.levels) == 3 and depth == 0 else flags)

    def leaf(self, physical, depth, size, kernel, user, attributes):
        large = depth + 1 < len(self.levels)
        entry = physical | 1 | (0 if "x" in kernel else 1 << 63) | (2 if "w" in kernel else 0)
        entry |= (4 if user != "---" else 0) | (attributes & 3) << 3  # PWT, PCD
        return entry | (0x80 if large else 0) | (attributes >> 2) << (12 if large else 7)  # PAT


class X86Tables32(Tables):
    """Two levels of 32-bit entries, with 4 MiB pages."""

    FLAGS = 7
    CODE = ("rwx", "---")
    RIGHTS = [(kernel, user) for kernel in ("r-x", "rwx") for user in ("---", kernel)]
    LIMITS = X86Tables.LIMITS[:2]
    ATTRIBUTES = (0, 6)
    SEEN = ("rwx", "rwx", 0)

    def __init__(self, base):
        super().__init__(base, [(22, 10), (12, 10)], entry_size=4, physical_bits=32)

    def leaf(self, physical, depth, size, kernel, user, attributes):
        entry = physical & 0xffffffff | 1 | (2 if "w" in kernel else 0)
        entry |= (4 if user != "---" else 0) | (attributes & 3) << 3
        if depth == 1:
            return entry | (attributes >> 2) << 7
        # PSE-36: bits 39:32 of the address are bits 20:13 of the entry.
        return entry | 0x80 | (attributes >> 2) << 12 | physical >> 32 << 13


class Aarch64Tables(Tables):
    """One range of stage 1 with any granule and `bits` of address; `wide` is the form of LPA2."""

    FLAGS = 3
    CODE = ("r-x", "---")
    ACCESS = {  # (kernel, user): AP[2:1], UXN, PXN (Arm ARM DDI 0487, table D8-60)
        ("r--", "---"): (2, 1, 1), ("rw-", "---"): (0, 1, 1), ("rwx", "---"): (0, 1, 0),
        ("rw-", "rw-"): (1, 1, 1), ("rw-", "rwx"): (1, 0, 1), ("r-x", "---"): (2, 1, 0),
        ("r--", "r--"): (3, 1, 1), ("r--", "r-x"): (3, 0, 1), ("r-x", "r-x"): (3, 0, 0),
        ("r-x", "r--"): (3, 1, 0), ("rw-", "--x"): (0, 0, 1),
        ("rwx", "--x"): (0, 0, 0),
    }
    RIGHTS = list(ACCESS)
    LIMITS = [(3 | 1 << 59, lambda kernel, user: (without("x", kernel), user)),
              (3 | 1 << 60, lambda kernel, user: (kernel, without("x", user))),
              (3 | 1 << 61, lambda kernel, user: (kernel, without("rw", user))),
              (3 | 1 << 62, lambda kernel, user: (without("w", kernel), without("w", user)))]
    ATTRIBUTES = (1, 0)  # indexes into MAIR
    SEEN = ("--x", "rwx", 0)

    def __init__(self, base, granule, bits, upper=False, wide=False, physical_bits=40):
        levels = []
        for shift in range(granule, bits, granule - 3):
            levels.insert(0, (shift, min(granule - 3, bits - shift)))
        super().__init__(base, levels, page=1 << granule, physical_bits=physical_bits,
                         start=2**64 - (1 << bits) if upper else 0)
        self.granule, self.bits, self.wide = granule, bits, wide

    def leaf(self, physical, depth, size, kernel, user, attributes):
        ap, uxn, pxn = self.ACCESS[(kernel, user)]
        entry = 1 | (2 if depth + 1 == len(self.levels) else 0) | attributes << 2 | ap << 6
        entry |= 1 << 10 | uxn << 54 | pxn << 53
        if self.wide:  # section D8.3.1: OA[51:50] in bits 9:8
            return entry | physical & (1 << 50) - 1 | physical >> 50 << 8
        # Inner shareable; OA[51:48] in bits 15:12, which are 0 below with a granule of 64K.
        return entry | 3 << 8 | physical & (1 << 48) - 1 | physical >> 48 << 12


class LpaeTables(Aarch64Tables):
    """ARM's long descriptors: who may not read may not execute."""

    CODE = ("r-x", "r-x")
    ACCESS = {  # (kernel, user): AP[2:1], XN, PXN
        ("r--", "---"): (2, 1, 1), ("rw-", "---"): (0, 1, 1), ("rwx", "---"): (0, 0, 0),
        ("rw-", "rw-"): (1, 1, 1), ("rw-", "rwx"): (1, 0, 1), ("rwx", "rwx"): (1, 0, 0),
        ("r-x", "---"): (2, 0, 0), ("r--", "r--"): (3, 1, 1), ("r--", "r-x"): (3, 0, 1),
        ("r-x", "r-x"): (3, 0, 0),
    }
    RIGHTS = list(ACCESS)
    LIMITS = [Aarch64Tables.LIMITS[0],
              (3 | 1 << 60, lambda kernel, user: (without("x", kernel), without("x", user))),
              (3 | 1 << 61, lambda kernel, user: (kernel, "---")), Aarch64Tables.LIMITS[3]]
    SEEN = ("---", "rwx", 0)

    def __init__(self, base, bits=32, upper=False):
        super().__init__(base, 12, bits)
        self.start = 2**32 - (1 << bits) if upper else 0


class ArmTables(Tables):
    """ARM's short descriptors: sections, supersections, large and small pages."""

    CODE = ("r-x", "---")
    AP = {("rw", ""): 1, ("rw", "r"): 2, ("rw", "rw"): 3, ("r", ""): 5, ("r", "r"): 7}
    RIGHTS = [("rw-", "---"), ("rwx", "---"), ("rw-", "r--"), ("rwx", "r-x"), ("rw-", "rw-"),
              ("rwx", "rwx"), ("r--", "---"), ("r-x", "---"), ("r--", "r--"), ("r-x", "r-x")]
    # Bit 2 is PXN.
    LIMITS = [(1 | 4, lambda kernel, user: (without("x", kernel), user))]
    ATTRIBUTES = (0, 6)  # TEX:C:B

    def __init__(self, base, domain=0):
        self.domain = domain
        super().__init__(base, [(20, 12), (12, 8)], entry_size=4, physical_bits=32)

    def new_table(self, depth):
        return self.new(*((0x4000, 0x4000) if depth == 0 else (0x400, 0x400)))

    def pointer(self, address, depth, flags):
        return address | flags | self.domain << 5

    def target(self, entry):
        return entry & ~0x3ff

    def leaf(self, physical, depth, size, kernel, user, attributes):
        ap = self.AP[(kernel.rstrip("x").replace("-", ""), user.rstrip("x").replace("-", ""))]
        xn, pxn = "x" not in kernel + user, "x" in user and "x" not in kernel
        tex, cb = attributes >> 2, (attributes & 3) << 2
        if depth == 0:
            entry = physical & 0xffffffff | 2 | cb | xn << 4 | (ap & 3) << 10 | tex << 12
            entry |= ap >> 2 << 15 | pxn | (1 << 18 if size > 0x100000 else self.domain << 5)
            if size > 0x100000:  # a supersection has bits 35:32 and 39:36 of the address
                entry |= (physical >> 32 & 15) << 20 | physical >> 36 << 5
            return entry
        entry = physical | cb | (ap & 3) << 4 | ap >> 2 << 9
        return entry | (1 | xn << 15 | tex << 12 if size > 0x1000 else 2 | xn | tex << 6)


class RiscvTables(Tables):
    """Sv32, Sv39, Sv48, Sv57, with Svnapot (pages of 64 KiB) and Svpbmt."""

    RIGHTS = [("r--", "---"), ("rw-", "---"), ("r-x", "---"), ("rwx", "---"), ("--x", "---"),
              ("r--", "r--"), ("rw-", "rw-"), ("r--", "r-x"), ("rw-", "rwx"), ("---", "--x")]
    ATTRIBUTES = (0, 0)
    NAPOT = 0x10000

    def __init__(self, base, count):
        bits = 10 if count == 2 else 9
        super().__init__(base, [(12 + bits * i, bits) for i in range(count - 1, -1, -1)],
                         entry_size=4 if count == 2 else 8, signed=count > 2,
                         physical_bits=34 if count == 2 else 56)

    @property
    def satp(self):
        mode = 1 << 31 if len(self.levels) == 2 else (len(self.levels) + 5) << 60
        return mode | self.root >> 12

    def setup(self):
        """gdb commands that put a CPU in supervisor mode, with these tables, at code in them."""
        code = next(page.virtual for page in self.pages if "x" in page.kernel)
        return [f"set $satp = {self.satp:#x}", "set $priv = 1", f"set $pc = {code:#x}"]

    def pointer(self, address, depth, flags):
        return address >> 2 | flags

    def target(self, entry):
        return entry >> 10 << 12

    def leaf(self, physical, depth, size, kernel, user, attributes):
        access = user if user != "---" else kernel
        bits = sum(bit for letter, bit in zip(access, (2, 4, 8)) if letter != "-")
        if size == self.NAPOT and depth + 1 == len(self.levels):
            physical |= 0x8000 | 1 << 65  # the code of the size, and bit 63 after the shift
        return physical >> 2 | 0xc1 | bits | (16 if user != "---" else 0) | attributes << 61


class Aarch64Stage2Tables(Aarch64Tables):
    """The second stage, from a level that VTCR names: the root is as many tables as it takes.
    `xnx` is whether who may execute depends on the mode (FEAT_XNX)."""

    XN = {"xx": 0, "-x": 1, "--": 2, "x-": 3}  # by who may execute: kernel, user

    def __init__(self, base, granule, bits, first_level, xnx=True):
        super().__init__(base, granule, bits)
        self.first_level = first_level
        shift = granule + (3 - first_level) * (granule - 3)
        levels = [(shift - i * (granule - 3), granule - 3) for i in range(4 - first_level)]
        self.begin([(shift, bits - shift)] + levels[1:])
        accesses = [read + write for read in "-r" for write in "-w"]
        self.RIGHTS = [(access + who[0], access + who[1]) for access in accesses
                       for who in (self.XN if xnx else ("xx", "--"))]

    def new_table(self, depth):
        size = self.page if depth else max(8 << self.levels[0][1], self.page)
        return self.new(size, size)

    def leaf(self, physical, depth, size, kernel, user, attributes):
        entry = physical | 1 | (2 if depth + 1 == len(self.levels) else 0) | 0xf << 2 | 7 << 8
        entry |= ("r" in kernel) << 6 | ("w" in kernel) << 7
        return entry | self.XN[kernel[2] + user[2]] << 53

    SEEN = ("--x", "--x", 0)  # a table's bits 7:6 and 54:53 are clear


class RiscvStage2Tables(RiscvTables):
    """Sv32x4, Sv39x4, Sv48x4, Sv57x4: the root is four tables, and there is only user mode."""

    RIGHTS = [(access, access) for access in ("r--", "rw-", "r-x", "rwx", "--x")] + [("---", "---")]

    def __init__(self, base, count):
        super().__init__(base, count)
        self.signed = False
        (shift, bits), *rest = self.levels
        self.begin([(shift, bits + 2)] + rest)

    def new_table(self, depth):
        return self.new(*(() if depth else (0x4000, 0x4000)))

    @property
    def hgatp(self):
        return self.satp

    def leaf(self, physical, depth, size, kernel, user, attributes):
        if user == "---":  # readable for the kernel, which is nobody here
            return super().leaf(physical, depth, size, "r--", "---", attributes)
        return super().leaf(physical, depth, size, kernel, user, attributes)


class EptTables(Tables):
    """Intel's extended page tables, write-back."""

    FLAGS = 7

    def __init__(self, base, count):
        super().__init__(base, [(12 + 9 * i, 9) for i in range(count - 1, -1, -1)])

    def leaf(self, physical, depth, size, kernel, user, attributes):
        bits = sum(bit for letter, bit in zip(kernel, (1, 2, 4)) if letter != "-")
        return physical | bits | 0x30 | (0x80 if depth + 1 < len(self.levels) else 0)
