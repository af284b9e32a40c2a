# SPDX-License-Identifier: BSD-2-Clause
"""runner.py -- build, run the parts of the test suite, add up their results (see tests/run)."""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
BUILD = PROJECT / "build"
JOBS = str(os.cpu_count() or 1)
THREADED = ("tftpd", "httpfsd")  # daemons with worker threads: once more under ThreadSanitizer


SECOND_LOOK = 5  # so many failures may be the machine's; more are the change's


class Tally:
    """What the parts came to."""

    def __init__(self):
        self.passed = self.skipped = 0
        self.failed = []
        self.unsteady = []

    def fail(self, name, text):
        self.failed.append(name)
        print(f"FAILED {name}\n{text}", flush=True)

    def junit(self, part, path):
        """Add the test cases of a JUnit file; their text is shown for those that failed."""
        if not path.exists():
            self.fail(part, "the runner left no report")
            return
        try:
            root = ElementTree.parse(path).getroot()
        except ElementTree.ParseError as e:
            self.fail(part, f"the report is cut off: {e}")
            return
        for case in root.iter("testcase"):
            name = f"{case.get('classname', '')}.{case.get('name')}"
            bad = case.find("failure") if case.find("failure") is not None else case.find("error")
            if bad is not None or case.get("status") == "fail":
                self.fail(name, (bad.text or bad.get("message", "")) if bad is not None else "")
                print(case.findtext("system-out") or "")
            elif case.find("skipped") is not None or case.get("status") == "notrun":
                self.skipped += 1
                print(f"skipped {name}: {case.find('skipped').get('message', '')}", flush=True)
            else:
                self.passed += 1

    def run(self, name, report, argv, **kwargs):
        """Run something that leaves a JUnit file; it may not fail without a failed test case."""
        report.unlink(missing_ok=True)
        before = len(self.failed)
        ok = call(self, name, argv, **kwargs)
        self.junit(name, report)
        if not ok and len(self.failed) == before:
            self.fail(name, "it ended with an error, though no test case failed: see above")

    def close(self):
        for name in self.unsteady:
            print(f"unsteady (failed beside others, passed alone): {name}")
        for name in self.failed:
            print(f"failed: {name}")
        line = f"{self.passed} passed, {len(self.failed)} failed"
        line += f", {self.skipped} skipped" if self.skipped else ""
        print(line + (f", {len(self.unsteady)} unsteady" if self.unsteady else ""), flush=True)
        return 0 if self.passed and not self.failed else 1


def call(tally, name, argv, **kwargs):
    """Run a command whose failure is a failure of the suite; True when it went well."""
    print(f"== {name}: {' '.join(map(str, argv))}", flush=True)
    start = time.monotonic()
    done = subprocess.run(list(map(str, argv)), cwd=PROJECT, **kwargs)
    print(f"== {name}: {time.monotonic() - start:.0f} s", flush=True)
    return done.returncode == 0


def build(tally, preset):
    """Configure and build a preset; a failure is counted once."""
    if call(tally, f"configure {preset}", ["cmake", "--preset", preset]) and \
            call(tally, f"build {preset}", ["cmake", "--build", BUILD / preset, "-j", JOBS]):
        return True
    tally.fail(f"build {preset}", "see above")
    return False


def ctest(tally, preset, pattern, env=None):
    """The Check programs, scenarios and fuzz seeds of one build."""
    report = BUILD / preset / "junit.xml"
    tally.run(f"ctest {preset}", report,
              ["ctest", "--test-dir", BUILD / preset, "-j", JOBS, "-R", pattern,
               "--output-on-failure", "--timeout", "300", "--no-tests=error",
               "--output-junit", report],
              env={**os.environ, **(env or {})})


def pytest(tally, part, places, args, env, share="loadfile"):
    """Black-box tests, as many at once as there are processors.

    Their counterparts are real clients, servers and firmware with timeouts of their own, and a
    busy machine can outlast one. What failed is therefore run once more, alone: if it passes then
    it is no failure, but it is named in the closing lines. A sanitizer's finding is one however
    rare, and is never given a second look.
    """
    base = ["/usr/bin/python3", "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider"]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1",
           "PYTHONPATH": str(PROJECT / "tests/lib"), **env}
    report = BUILD / f"{part}.xml"
    before = len(tally.failed)
    tally.run(part, report, [*base, "-n", JOBS, "--dist", share, "-rs", "--junitxml", report,
                             *args, *places], env=env)
    again = second_look(report) if len(tally.failed) > before else {}
    if not again or set(tally.failed[before:]) != set(again):
        return
    report = BUILD / f"{part}-again.xml"
    alone = Tally()
    alone.run(f"{part}, once more", report,
              [*base, "--junitxml", report, *again.values()], env=env)
    tally.failed[before:] = [name for name in again if name in alone.failed]
    if not alone.passed + alone.skipped and not tally.failed[before:]:
        tally.failed[before:] = list(again)
    tally.unsteady += [name for name in again if name not in tally.failed[before:]]
    tally.passed += len(again) - len(tally.failed[before:])


def second_look(report):
    """Failed cases of a report that may be run again: their names and pytest's name of each."""
    again = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        bad = case.find("failure") if case.find("failure") is not None else case.find("error")
        if bad is None:
            continue
        text = "".join(case.itertext())
        module, inner = PROJECT / "tests", []
        for word in case.get("classname", "").split("."):
            if (module / word).is_dir():
                module /= word
            elif (module / f"{word}.py").exists():
                module /= f"{word}.py"
            else:
                inner.append(word)
        if "Sanitizer" in text or "runtime error" in text or not module.is_file():
            return {}
        again[f"{case.get('classname', '')}.{case.get('name')}"] = \
            "::".join([str(module), *inner, case.get("name")])
    return again if len(again) <= SECOND_LOOK else {}


def sanitizer_env():
    # strict_string_checks would forbid strndup() on bytes without a NUL, which is what it is for.
    return {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


def run_ctests(tally, kind, filter_):
    """unit, replay: with gcc and with clang, sanitized; threads under ThreadSanitizer too."""
    pattern = f"^{kind}/.*{filter_}"
    for preset in ("asan", "clang"):
        if build(tally, preset):
            ctest(tally, preset, pattern, sanitizer_env())
    if kind == "unit" and filter_ in ("", "os") and build(tally, "tsan"):
        ctest(tally, "tsan", "^unit/os/")


def run_unit(tally, filter_):
    run_ctests(tally, "unit", filter_)


def run_replay(tally, filter_):
    run_ctests(tally, "replay", filter_)


def run_fuzz(tally, filter_):
    """The committed inputs under gcc, then a while of libFuzzer from them on each target."""
    if build(tally, "asan"):
        ctest(tally, "asan", f"^fuzz/.*{filter_}", sanitizer_env())
    if not build(tally, "fuzz"):
        return
    seconds = os.environ.get("PXE_FUZZ_SECONDS", "10")
    for target in sorted((BUILD / "fuzz/tests").glob("fuzz_*")):
        name = target.name.removeprefix("fuzz_")
        if not os.access(target, os.X_OK) or target.is_dir() or filter_ not in name:
            continue
        found = BUILD / "fuzz/found" / name
        found.mkdir(parents=True, exist_ok=True)
        ok = call(tally, f"fuzz {name}", [target, f"-max_total_time={seconds}", "-timeout=10",
                  "-rss_limit_mb=4096", "-print_final_stats=0", "-verbosity=0",
                  f"-artifact_prefix={found}/", found, PROJECT / "tests/fuzz/corpus" / name],
                  env={**os.environ, **sanitizer_env()})
        if ok:
            tally.passed += 1
        else:
            tally.fail(f"fuzz {name}", f"the input is under {found}")


def run_conformance(tally, filter_):
    """Black-box tests of the sanitized daemons."""
    if not build(tally, "asan"):
        return
    place, args = PROJECT / "tests/conformance", []
    if filter_ and (place / filter_).is_dir():
        place = place / filter_
    elif filter_:
        args = ["-k", filter_]
    pytest(tally, "conformance", [place], args,
           {"PXE_BIN": str(BUILD / "asan"), **sanitizer_env()})
    threaded = [PROJECT / "tests/conformance" / name for name in THREADED if filter_ in ("", name)]
    if threaded and build(tally, "tsan"):
        pytest(tally, "conformance-tsan", threaded, [],
               {"PXE_BIN": str(BUILD / "tsan"), "TSAN_OPTIONS": "halt_on_error=1:exitcode=66"})


def run_e2e(tally, filter_):
    """Real firmware through the daemons as they are shipped."""
    if build(tally, "release"):
        pytest(tally, "e2e", [PROJECT / "tests/e2e"], ["-k", filter_] if filter_ else [],
               {"PXE_BIN": str(BUILD / "release")}, share="load")


def run_packaging(tally, filter_):
    """What is shipped beside the programs: units, profiles, pxesuite-setup."""
    if build(tally, "asan"):
        pytest(tally, "packaging", [PROJECT / "tests/packaging"], ["-k", filter_] if filter_ else [],
               {"PXE_BIN": str(BUILD / "asan"), **sanitizer_env()})


def run_vm(tally, filter_):
    """Our packages, built here, in a Debian machine with systemd: minutes, so only when asked for."""
    if not call(tally, "build-deb", ["packaging/build-deb"],
                env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck noautodbgsym"}):
        tally.fail("build-deb", "see above")
        return
    if not call(tally, "build-image", ["tests/vm/build-image"]):
        tally.fail("build-image", "see above")
        return
    pytest(tally, "vm", [PROJECT / "tests/vm"], ["-k", filter_] if filter_ else [],
           {"PYTHONPATH": f"{PROJECT}/tests/lib:{PROJECT}/tests/vm"}, share="loadscope")


PARTS = {"unit": run_unit, "replay": run_replay, "fuzz": run_fuzz,
         "conformance": run_conformance, "e2e": run_e2e, "packaging": run_packaging, "vm": run_vm}


def main(argv):
    tally = Tally()
    if len(argv) > 1:
        PARTS[argv[1]](tally, argv[2] if len(argv) > 2 else "")
    else:
        # One pass over the builds, not one a part.
        for preset in ("asan", "clang"):
            if build(tally, preset):
                ctest(tally, preset, "^(unit|replay|fuzz)/", sanitizer_env())
        if build(tally, "tsan"):
            ctest(tally, "tsan", "^unit/os/")
        run_packaging(tally, "")
        run_conformance(tally, "")
        run_e2e(tally, "")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
