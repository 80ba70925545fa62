"""Loads a script, calls its main() and reports what that returned.

    main_runner.py CHANNEL [--script PATH] [--file-bytes N] [--result-bytes N] [-- ARGUMENT...]

CHANNEL is where the report goes: the path of a FIFO (or file), which is opened only when there is something to report, or the number of an
open descriptor. The report is one JSON object:

    {"ok": true, "result": ...}
    {"ok": false, "kind": ..., "message": ..., "traceback": ...}

with kind one of no_main, not_serializable, too_large, exception, syntax, exit. What the script prints goes nowhere near the channel. The
script runs in this same process, so it can forge a report; it can lie about itself only.

Exit codes: 0 after a result; what the script asked for after kind "exit"; else 1.
"""

import os
import sys


def _run(argv):
    # Everything below is local: the script becomes __main__, and must find nothing of this file there.
    import json
    import linecache
    import traceback
    import types

    encode = json.JSONEncoder(allow_nan=False).encode
    # For text from the script that no UTF-8 can hold.
    encode_report = json.JSONEncoder().encode
    pid = os.getpid()

    channel, script, file_bytes, result_bytes, arguments = _parse(argv)
    if channel.isdecimal():
        # Programs that the script starts have no business with the channel.
        os.set_inheritable(int(channel), False)
    if file_bytes is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    def report(text):
        if os.getpid() != pid:
            # A child that the script forked came out of main() too. One run, one report.
            return
        data = memoryview(text.encode("ascii"))
        by_path = not channel.isdecimal()
        descriptor = os.open(channel, os.O_WRONLY | os.O_CLOEXEC) if by_path else int(channel)
        try:
            while data:
                data = data[os.write(descriptor, data):]
        finally:
            if by_path:
                os.close(descriptor)

    def fail(kind, message, trace=None, code=1):
        report(encode_report({"ok": False, "kind": kind, "message": _cut(message, 4096), "traceback": trace and _cut(trace, 65536)}))
        return code

    def fail_by_exception(error):
        if isinstance(error, SystemExit):
            code = error.code
            number = 0 if code is None else code if isinstance(code, int) else 1
            if code is not None and not isinstance(code, int):
                # As the interpreter does: a code that is no number is a message.
                print(code, file=sys.stderr)
            return fail("exit", "The script exited with code %d before main() returned" % (number & 0xFF), code=number & 0xFF)
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_globals is globals_of_runner:
            frames = frames.tb_next
        told = traceback.TracebackException(type(error), error, frames, compact=True)
        summary = "".join(told.format_exception_only()).strip().rsplit("\n", 1)[-1]
        return fail("exception", summary, "".join(told.format()))

    globals_of_runner = globals()
    directory = os.path.dirname(script)
    own = os.path.dirname(os.path.abspath(sys.argv[0])) if sys.argv and sys.argv[0] else None
    sys.path[:1] = [directory] if sys.path[:1] in ([own], [""], [directory]) else [directory, *sys.path[:1]]
    sys.argv = [script, *arguments]

    with open(script, "rb") as file:
        source = file.read()
    # Tracebacks quote the script as it was, whatever it does to its own file.
    text = source.decode("utf-8", "replace")
    linecache.cache[script] = (len(text), None, text.splitlines(True), script)

    try:
        code = compile(source, script, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        lines = traceback.format_exception_only(type(error), error)
        return fail("syntax", _syntax_message(error), "".join(lines))

    module = types.ModuleType("__main__")
    module.__file__ = script
    module.__builtins__ = __builtins__
    module.__dict__["__annotations__"] = {}
    # What runs now is a module like any other's __main__: pickle and multiprocessing look there.
    sys.modules["__main__"] = module

    try:
        exec(code, module.__dict__)
        main = module.__dict__.get("main")
        if main is None:
            return fail("no_main", "The script defines no main()")
        if not callable(main):
            return fail("no_main", "main is no function but a value of type %s" % type(main).__name__)
        result = main()
    except BaseException as error:
        return fail_by_exception(error)

    try:
        text = '{"ok": true, "result": %s}' % encode(result)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return fail("not_serializable", "%s: %s" % (type(error).__name__, error))
    except BaseException as error:
        # Serializing runs the script's code too: methods of its own subclasses.
        return fail_by_exception(error)
    if result_bytes is not None and len(text) > result_bytes:
        return fail("too_large", "The result has %d bytes as JSON" % len(text))
    report(text)
    return 0


def _parse(argv):
    channel = argv[0]
    script, file_bytes, result_bytes, arguments = "/home/user/script.py", None, None, []
    rest = iter(argv[1:])
    for word in rest:
        if word == "--":
            # Whoever writes them into this file as JSON spells a character beyond U+FFFF as two halves, which Python's own literals never join.
            arguments = [word.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") for word in rest]
        elif word == "--script":
            script = next(rest)
        elif word == "--file-bytes":
            file_bytes = int(next(rest))
        elif word == "--result-bytes":
            result_bytes = int(next(rest))
        else:
            raise SystemExit("main_runner.py: unknown option %s" % word)
    return channel, script, file_bytes, result_bytes, arguments


def _cut(text, limit):
    return text if len(text) <= limit else text[:limit // 2] + "\n[...]\n" + text[-(limit // 2):]


def _syntax_message(error):
    line = getattr(error, "lineno", None)
    message = getattr(error, "msg", None) or str(error)
    return "%s: %s%s" % (type(error).__name__, message, "" if line is None else " (line %d)" % line)


if __name__ == "__main__":
    # Kept until the end: a module that nobody refers to any more may lose its globals while its functions still run.
    _self = sys.modules["__main__"]
    sys.exit(_run(sys.argv[1:]))
