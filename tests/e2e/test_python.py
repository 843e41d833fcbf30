# SPDX-License-Identifier: GPL-3.0-or-later
"""`import vmmap` in GDB's Python: maps, filters, differences, what objects are, how they fail."""

import json
import os
import textwrap
import unittest

from support import (LOAD, TestCase, copy_maps_command, gdb, guest, parse_maps, shown_name)

STOP = ["break stop_here", "run"]


class Python(TestCase):
    def run_script(self, script, program=None, before=(), after=()):
        """What a script in a stopped program puts into the dictionary `found`."""
        source = textwrap.dedent(script)
        with open(self.path("script.py"), "w") as file:
            file.write("import gdb, json, vmmap\nfound = {}\n"
                       "def refused(function, *args, **keywords):\n"
                       "    try:\n"
                       "        function(*args, **keywords)\n"
                       "    except BaseException as error:\n"
                       "        return type(error).__name__ + ': ' + str(error)\n"
                       f"{source}\njson.dump(found, open({self.path('found')!r}, 'w'))\n")
        stops = STOP if program != () else []
        program = guest("expressions") if program is None else program
        commands = [*stops, copy_maps_command(self.path("maps"))] if program else []
        outputs = gdb([*before, *commands, f"source {self.path('script.py')}", *after], program)
        if not os.path.exists(self.path("found")):
            self.fail(b"\n".join(outputs).decode())
        with open(self.path("found")) as file:
            return json.load(file)


def fields(row):
    """What a Map says of a row of the kernel's list."""
    return {"start": row.start, "end": row.end, "permissions": row.perms,
            "size": row.end - row.start, "offset": row.offset,
            "backing_file": os.fsdecode(shown_name(row)), "label": "", "origin": "procfs"}


class Maps(Python):
    def test_every_field_of_every_row(self):
        found = self.run_script("""
            maps = vmmap.maps()
            found["rows"] = [dict(m) for m in maps]
            found["attributes"] = [{key: getattr(m, key) for key in m.keys()} for m in maps]
            found["base"] = [m.base for m in maps]
            found["none"] = [[m.saved, m.physical, m.page_size, m.user, m.kernel] for m in maps]
            found["facts"] = [maps.target, maps.provider, maps.exact, maps.notes]
            found["types"] = [type(maps).__name__, isinstance(maps, list), type(maps[0]).__name__]
            """)
        rows = [fields(row) for row in self.truth()]
        for shown in found["rows"]:
            shown["label"] = ""  # test_threads.py is about labels
        self.check_rows(found["rows"], rows)
        for shown in found["attributes"]:
            shown["label"] = ""
        self.check_rows(found["attributes"], rows)
        self.assertEqual(found["base"], [row["start"] for row in rows])
        self.assertEqual(found["none"], [[None] * 5] * len(rows))
        self.assertEqual(found["facts"], ["native", "procfs", True, []])
        self.assertEqual(found["types"], ["MapList", True, "Map"])

    def test_names_that_are_not_utf_8_are_what_the_kernel_has(self):
        found = self.run_script("""
            import os
            found["names"] = [os.fsencode(m.backing_file).hex() for m in vmmap.maps()]
            """, guest("odd"))
        self.check_rows([bytes.fromhex(name) for name in found["names"]],
                        [shown_name(row).replace(b"\\012", b"\n") for row in self.truth()])

    # libdebug's d.maps.filter(value), case by case: what is asked for, and what comes out of it.
    def test_filter_as_libdebug_has_it(self):
        found = self.run_script("""
            import warnings
            maps = vmmap.maps()
            inside = maps[2].start + 5
            gaps = [m.end for m, after in zip(maps, maps[1:]) if m.end < after.start]
            binary = gdb.current_progspace().filename
            libc = next(m.backing_file for m in maps if "libc.so" in m.backing_file)
            def ask(value):
                with warnings.catch_warnings(record=True) as seen:
                    warnings.simplefilter("always")
                    chosen = maps.filter(value)
                return [[m.start for m in chosen], [str(w.message) for w in seen],
                        type(chosen).__name__]
            asked = {"first byte": maps[2].start, "inside": inside, "last byte": maps[2].end - 1,
                     "end": maps[2].end, "gap": gaps[0], "zero": 0, "negative": -1,
                     "beyond 64 bits": 2 ** 70, "true": True,
                     "exact path": binary, "another path": libc, "part": "libc.so",
                     "binary": "binary", "own name": binary.rpartition("/")[2],
                     "stack": "[stack]", "stack without brackets": "stack", "vdso": "[vdso]",
                     "anonymous": "[anon_", "several": "/", "nothing": "no such file", "": ""}
            for name, value in asked.items():
                found[name] = ask(value)
            found["files"] = [binary, libc]
            found["starts"] = [m.start for m in maps]
            """)
        rows = self.truth()
        binary, libc = found["files"]

        def named(part):
            return [r.start for r in rows if part in shown_name(r).decode()]

        def ended(row):
            return [r.start for r in rows if r.start <= row.end < r.end]
        gap = next(r for r, after in zip(rows, rows[1:]) if r.end < after.start)
        files = sorted({r.name.decode() for r in rows if r.name.startswith(b"/")})
        several = [f"{'/'!r} is a part of several files: {files!r}"]
        everything = [f"{''!r} is a part of several files: {files!r}"]
        wanted = {
            "first byte": [rows[2].start], "inside": [rows[2].start], "last byte": [rows[2].start],
            "end": ended(rows[2]), "gap": ended(gap), "zero": [], "negative": [],
            "beyond 64 bits": [], "true": [],
            "exact path": named(binary), "another path": named(libc), "part": named("libc.so"),
            "binary": named(binary), "own name": named(binary),
            "stack": named("[stack]"), "stack without brackets": named("stack"),
            "vdso": named("[vdso]"), "anonymous": named("[anon_"), "several": named("/"),
            "nothing": [], "": named(""),
        }
        self.assertGreater(len(files), 2)
        for name, starts in wanted.items():
            with self.subTest(asked=name):
                warned = {"several": several, "": everything}.get(name, [])
                self.assertEqual(found[name], [starts, warned, "MapList"])
        for name in ("exact path", "part", "stack", "anonymous"):
            self.assertNotEqual(wanted[name], [])

    def test_keywords_are_the_filters_of_the_command(self):
        found = self.run_script("""
            maps = vmmap.maps()
            sp = int(gdb.parse_and_eval("$sp"))
            asked = {"-w": {"writable": True}, "-x": {"executable": True},
                     "-wx": {"writable": True, "executable": True},
                     "-A0 -B0 $sp": {"address": sp}, "-A0 -B0 libc.so": {"name": "libc.so"},
                     "-A0 -B3 $sp": {"address": sp, "before": 3},
                     "-A2 -B0 -w ld-": {"name": "ld-", "after": 2, "writable": True},
                     "-p r-x": {"perms": "r-x"}, "-C0 -r lib[cd]|stack": {"regex": "lib[cd]|stack"},
                     "-C0 binary": {"name": "binary"}, "--sort size": {"sort": "size"},
                     "--sort name -p !r--": {"sort": "name", "perms": "!r--"},
                     f"-C0 {maps[1].start:x}-{maps[3].end:x}":
                         {"range": (maps[1].start, maps[3].end)}}
            for line, keywords in asked.items():
                command = json.loads(gdb.execute("vmmap --json " + line, to_string=True))
                found[line] = [[int(r["start"], 16) for r in command["regions"]],
                               [m.start for m in vmmap.maps(**keywords)],
                               [m.start for m in maps.filter(**keywords)]]
            found["both"] = [[m.start for m in maps.filter("libc.so").filter(writable=True)],
                             [m.start for m in maps.filter("libc.so", writable=True)]]
            """)
        both = found.pop("both")
        for line, (command, maps, kept) in found.items():
            with self.subTest(line=line):
                self.assertEqual(maps, command)
                self.assertEqual(kept, command)
        self.assertEqual(both[0], both[1])
        self.assertGreater(len(both[0]), 0)
        self.assertGreater(len(found["-A0 -B3 $sp"][0]), 3)


class Objects(Python):
    def test_equality_hash_repr_pickle_copy(self):
        found = self.run_script("""
            import copy, pickle
            first, second = vmmap.maps(), vmmap.maps()
            gdb.execute("set var $rax = $rax")  # read again
            third = vmmap.maps()
            found["equal"] = [first == second, first == third, first[0] == second[0],
                              first[0] != second[0], first[0] == first[1], first[0] == 1,
                              first == list(second)]
            found["hash"] = [hash(a) == hash(b) for a, b in zip(first, third)]
            found["set"] = [len(set(first) | set(third)), len(first)]
            again = pickle.loads(pickle.dumps(first))
            found["pickle"] = [again == first, type(again).__name__,
                               [dict(m) for m in again] == [dict(m) for m in first],
                               pickle.loads(pickle.dumps(first[3], 2)) == first[3]]
            found["copy"] = [copy.copy(first[0]) == first[0], copy.deepcopy(first) == first,
                             first[:] == first, max(first, key=lambda m: -m.start) == first[0]]
            found["repr"] = [repr(first[0]), repr(first.filter(0)), eval(repr(first[0]),
                             {"Map": lambda **k: k})]
            """)
        self.assertEqual(found["equal"], [True, True, True, False, False, False, True])
        self.assertTrue(all(found["hash"]))
        self.assertEqual(found["set"][0], found["set"][1])
        self.assertEqual(found["pickle"], [True, "MapList", True, True])
        self.assertEqual(found["copy"], [True] * 4)
        row = self.truth()[0]
        self.assertEqual(found["repr"][0],
                         f"Map(start={row.start:#x}, end={row.end:#x}, "
                         f"size={row.end - row.start:#x}, "
                         f"offset={row.offset:#x}, permissions={row.perms!r}, "
                         f"backing_file={row.name.decode()!r})")
        self.assertEqual(found["repr"][1], "MapList([])")

    def test_made_by_hand(self):
        found = self.run_script("""
            top = vmmap.Map(2**64 - 0x1000, 2**64, "r-xp")
            paged = vmmap.Map(0x1000, 0x3000, "rw-u", origin="page-table", physical=0x5000,
                              page_size=0x1000, user="rw-", kernel="rw-", label="a label",
                              backing_file="[kernel]")
            found["top"] = [top.end, top.size, top.offset, top.backing_file]
            found["paged"] = dict(paged)
            found["filter"] = [len(vmmap.MapList([paged, top]).filter(a))
                               for a in (0x0fff, 0x1000, 0x2fff, 0x3000, 2**64 - 1)]
            found["loose"] = [vmmap.MapList().target, vmmap.MapList().provider,
                              vmmap.MapList().exact, vmmap.MapList().notes]
            found["refused"] = [
                refused(vmmap.Map), refused(vmmap.Map, 1), refused(vmmap.Map, "a", 2),
                refused(vmmap.Map, 2, 1), refused(vmmap.Map, 0, 2**64 + 1),
                refused(vmmap.Map, -1, 2),
                refused(vmmap.Map, 0, 1, "rwx"), refused(vmmap.Map, 0, 1, "zzzz"),
                refused(vmmap.Map, 0, 1, offset="x"), refused(vmmap.Map, 0, 1, origin="mars"),
                refused(vmmap.Map, 0, 1, user="rwxrwx"), refused(vmmap.Map, 0, 1, nosuch=1),
                refused(vmmap.Change), refused(setattr, top, "start", 1),
                refused(lambda: paged["nosuch"]), refused(lambda: paged[1])]
            """, ())
        self.assertEqual(found["top"], [2**64, 0x1000, None, "[anon_fffffffffffff]"])
        self.assertEqual(found["paged"], {
            "start": 0x1000, "end": 0x3000, "permissions": "rw-u", "size": 0x2000, "offset": None,
            "backing_file": "[kernel]", "label": "a label", "origin": "page-table",
            "physical": 0x5000, "page_size": 0x1000, "user": "rw-", "kernel": "rw-"})
        self.assertEqual(found["filter"], [0, 1, 1, 0, 1])
        self.assertEqual(found["loose"], ["none", "none", False, []])
        wanted = [
            "TypeError: ", "TypeError: ", "ValueError: start has to be a number",
            "ValueError: end has to be greater than start",
            "ValueError: end - 1 has to be a number of 64 bits",
            "ValueError: start has to be a number of 64 bits",
            "ValueError: permissions have to be four letters",
            "ValueError: permissions have to be four letters",
            "ValueError: offset has to be a number of 64 bits",
            "ValueError: 'mars' is no origin of a row",
            "ValueError: user and kernel have to be three letters", "TypeError: ",
            "TypeError: vmmap.diff() makes Change objects", "AttributeError: ",
            "KeyError: 'nosuch'", "KeyError: 1"]
        for text, start in zip(found["refused"], wanted):
            self.assertTrue(text.startswith(start), (text, start))

    def test_a_list_is_a_list(self):
        found = self.run_script("""
            maps = vmmap.maps()
            count = len(maps)
            seen = 0
            for m in maps:  # changed while it is iterated
                seen += 1
                if seen % 2:
                    maps.remove(m)
            found["left"] = [count, len(maps), seen]
            circle = vmmap.MapList()
            circle.append(circle)
            found["circle"] = repr(circle)
            maps.append("no map")
            found["mixed"] = [len(maps.filter("libc")) > 0, len(maps.filter(maps[0].start)),
                              refused(maps.filter, writable=True), refused(vmmap.diff, maps)]
            del maps[:]
            found["empty"] = [maps.filter("libc"), maps.filter(1), maps.target]
            """)
        count, left, seen = found["left"]
        self.assertEqual(left + (seen + 1) // 2, count)
        self.assertEqual(found["circle"], "MapList([MapList(...)])")
        self.assertEqual(found["mixed"][:2], [True, 1])
        for text in found["mixed"][2:]:
            self.assertIn("TypeError: a list of vmmap.Map objects is needed", text)
        self.assertEqual(found["empty"], [[], [], "native"])

    def test_wrong_types_and_counts(self):
        found = self.run_script("""
            maps = vmmap.maps()
            found["refused"] = [
                refused(maps.filter, 1.5), refused(maps.filter, b"x"),
                refused(maps.filter, None, 1),
                refused(maps.filter, nosuch=1), refused(maps.filter, name=1),
                refused(maps.filter, address="x"), refused(maps.filter, address=1, name="x"),
                refused(maps.filter, perms="zz"), refused(maps.filter, regex="("),
                refused(maps.filter, sort="x"), refused(maps.filter, range=5),
                refused(maps.filter, range=(2, 2)), refused(maps.filter, before=-1),
                refused(vmmap.maps, 1),
                refused(vmmap.maps, nosuch=1),
                refused(vmmap.maps, inferior="x"), refused(vmmap.maps, inferior=77),
                refused(vmmap.diff, 1), refused(vmmap.diff, "nosuch"),
                refused(vmmap.diff, "x", maps),
                refused(vmmap.snapshot, 1), refused(vmmap.snapshot, "a", "b"),
                refused(vmmap.diff, maps, 5),
                refused(vmmap.snapshot, "a\\0b"), refused(vmmap.diff, "a\\0b")]
            """)
        wanted = ["TypeError: filter() takes an address (int) or a name (str), not 1.5",
                  "TypeError: filter() takes an address (int) or a name (str), not b'x'",
                  "TypeError: filter expected at most 1 argument", "TypeError: ", "TypeError: ",
                  "TypeError: ", "ValueError: address, range and name exclude each other",
                  "GdbError: Option --perms takes up to four letters",
                  "GdbError: ", "ValueError: sort has to be 'start', 'size' or 'name', not 'x'",
                  "TypeError: range has to be a tuple of two addresses, not 5",
                  "ValueError: the end of a range has to be greater than its start",
                  "OverflowError: ", "TypeError: ", "TypeError: ",
                  "TypeError: inferior has to be a number or a gdb.Inferior, not 'x'",
                  "ValueError: there is no inferior 77", "TypeError: ",
                  "GdbError: There is no snapshot \"nosuch\"",
                  "TypeError: after needs a list of maps before it", "TypeError: ", "TypeError: ",
                  "TypeError: ",
                  "ValueError: embedded null character", "ValueError: embedded null character"]
        self.assertEqual(len(found["refused"]), len(wanted))
        for text, start in zip(found["refused"], wanted):
            self.assertTrue((text or "accepted").startswith(start), (text, start))

    def test_without_a_process(self):
        found = self.run_script("""
            maps = vmmap.maps()
            found["maps"] = [maps, maps.target, maps.provider, maps.notes, maps.filter("binary")]
            found["diff"] = vmmap.diff()
            found["snapshot"] = refused(vmmap.snapshot)
            """, ())
        self.assertEqual(found["maps"][:3] + found["maps"][4:], [[], "none", "none", []])
        self.assertTrue(found["maps"][3][0].startswith("There is no process: "))
        self.assertEqual(found["diff"], [])
        self.assertTrue(found["snapshot"].startswith("GdbError: There is no process: "))

    def test_objects_outlive_the_process_and_a_second_loading(self):
        found = self.run_script(f"""
            maps = vmmap.maps()
            before = [dict(m) for m in maps]
            gdb.execute("kill")
            gdb.execute({LOAD!r})
            gdb.execute("python import vmmap")
            gdb.execute("vmmap", to_string=True)
            import gc
            gc.collect()
            found["same"] = [dict(m) for m in maps] == before
            found["binary"] = len(maps.filter("binary"))
            found["again"] = [isinstance(maps, vmmap.MapList), isinstance(maps[0], vmmap.Map)]
            """)
        self.assertTrue(found["same"])
        self.assertGreater(found["binary"], 2)
        self.assertEqual(found["again"], [True, True])

    def test_nothing_grows(self):
        found = self.run_script("""
            import gc
            class Same(gdb.Function):
                def invoke(self, *values):
                    return 1
            Same("same")
            maps = vmmap.maps()
            def work():
                chosen = vmmap.maps(name="libc")
                hash(chosen[0]), repr(chosen[0]), chosen[0] == chosen[-1], dict(chosen[0])
                maps.filter(maps[0].start), maps.filter("libc"), maps.filter(writable=True)
                vmmap.diff(maps, chosen)
                refused(maps.filter, 1.5), refused(vmmap.Map, 2, 1)
            def pages():
                gc.collect()
                return int(open("/proc/self/statm").read().split()[1])
            def growth(function, count):
                for i in range(500):
                    function()
                before = pages()
                for i in range(count):
                    function()
                return pages() - before
            found["objects"] = growth(work, 10000)  # of ten calls each
            # GDB itself keeps some bytes of each evaluation.
            found["gdb"] = growth(lambda: gdb.parse_and_eval("$same($sp)"), 20000)
            found["mapped"] = growth(lambda: gdb.parse_and_eval("$vmmap_mapped($sp)"), 20000)
            """)
        self.assertLess(found["objects"], 256)
        self.assertLess(found["mapped"], found["gdb"] + 512)


class Differences(Python):
    def test_diff_of_lists_and_of_stops(self):
        found = self.run_script("""
            def shown(changes):
                return [[c.kind, dict(c.map), c.before and dict(c.before)] for c in changes]
            before = vmmap.maps()
            vmmap.snapshot("here")
            kept = [dict(m) for m in before]
            gdb.execute("next 4", to_string=True)  # as far as map_page() of both pages
            while not gdb.lookup_symbol("variable")[0].value() == 1:
                gdb.execute("next", to_string=True)
            after = vmmap.maps()
            found["still"] = [dict(m) for m in before] == kept
            found["since"] = [shown(vmmap.diff()) , shown(vmmap.diff("here")),
                              shown(vmmap.diff(before)), shown(vmmap.diff(before, after))]
            found["back"] = shown(vmmap.diff(after, before))
            found["none"] = vmmap.diff(after)
            found["repr"] = repr(vmmap.diff(before)[0])
            """, (), before=["file " + guest("change"), "break change", "run"])
        self.assertTrue(found["still"])
        first = found["since"][0]
        place = 0x1000000000
        self.assertEqual([(kind, m["start"], m["size"], m["permissions"], before)
                          for kind, m, before in first],
                         [("added", place + 0x2000, 0x1000, "rw-p", None)])
        for other in found["since"][1:]:
            self.assertEqual(other, first)
        self.assertEqual([change[0] for change in found["back"]], ["removed"])
        self.assertEqual(found["none"], [])
        self.assertIn("Change(kind='added', map=Map(start=0x1000002000,", found["repr"])


class Inferiors(Python):
    def test_another_inferior_and_back(self):
        found = self.run_script("""
            gdb.execute("add-inferior -exec " + gdb.current_progspace().filename, to_string=True)
            gdb.execute("inferior 2", to_string=True)
            gdb.execute("run", to_string=True)
            gdb.execute("up")
            def selected():
                return [gdb.selected_inferior().num, gdb.selected_thread().global_num,
                        gdb.selected_frame().name()]
            before = selected()
            found["truth"] = {i.num: open("/proc/%d/maps" % i.pid, errors="surrogateescape").read()
                              for i in gdb.inferiors()}
            one, two = vmmap.maps(inferior=1), vmmap.maps(inferior=gdb.inferiors()[0])
            found["maps"] = {n: [[m.start, m.end] for m in vmmap.maps(inferior=n)] for n in (1, 2)}
            found["selected"] = [vmmap.maps() == vmmap.maps(inferior=2), before == selected()]
            gdb.execute("add-inferior", to_string=True)
            found["empty"] = [vmmap.maps(inferior=3), selected() == before]
            gdb.execute("inferior 3", to_string=True)
            found["from empty"] = [vmmap.maps(inferior=1) == one, gdb.selected_inferior().num]
            gdb.execute("kill inferiors 1 2")
            """)
        for number, text in found["truth"].items():
            self.assertEqual(found["maps"][number],
                             [[row.start, row.end] for row in parse_maps(os.fsencode(text))])
        self.assertEqual(found["selected"], [True, True])
        self.assertEqual(found["empty"], [[], True])
        self.assertEqual(found["from empty"], [True, 3])


class Help(Python):
    def test_docstrings(self):
        found = self.run_script("""
            found["docs"] = [bool(getattr(o, "__doc__", None)) for o in
                             (vmmap, vmmap.maps, vmmap.diff, vmmap.snapshot, vmmap.Map,
                              vmmap.MapList, vmmap.MapList.filter, vmmap.Change, vmmap.Map.start)]
            found["names"] = sorted(n for n in dir(vmmap) if not n.startswith("_"))
            """, ())
        self.assertTrue(all(found["docs"]), found["docs"])
        self.assertEqual(found["names"], ["Change", "Map", "MapList", "diff", "gdb_vmmap_plugin",
                                          "maps", "snapshot"])


if __name__ == "__main__":
    unittest.main()
