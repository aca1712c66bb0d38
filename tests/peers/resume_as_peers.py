"""resume_as_peers.py RESUME_PY DELIVER_IDS DIR: what the peers' resume.py asks of other loaders, asked of ours.

RESUME_PY: the script that runs torchdata, MosaicML Streaming, LitData, grain, DALI and webdataset. DIR: `make_bench_data ids 100000 DIR`.
Its comparisons stay as they are; only the part that runs a loader is ours. Fails unless every line says what an exact resume says.
"""
import contextlib, importlib.util, io, os, re, subprocess, sys
import numpy as np

script, program, data = sys.argv[1:4]
spec = importlib.util.spec_from_file_location("peers_resume", script)
peers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peers)


def call(options, out, peer, workers, world=1, batch=64, state="", save=0, stop=0):
    ranks = [subprocess.Popen([program, data, f"{out}.{rank}", "--workers", str(workers), "--batch", str(batch), "--rank", str(rank),
                               "--world", str(world), "--save-at", str(save)] + (["--state", state] if state else []))
             for rank in range(world)]
    if any(rank.wait() for rank in ranks):
        return "error: a rank failed"
    if save:
        os.replace(f"{out}.0.state", f"{out}.state")
    results = []
    for rank in range(world):
        first, rows, ids = open(f"{out}.{rank}").read().split("\n")[:3]
        results.append((float(first), np.array(rows.split(), int), np.array(ids.split(), int)))
    return results


def said(*arguments):
    sys.argv = [script, "--work", data, "--peers", "dsprep", *arguments]
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        peers.main()
    print(text.getvalue(), end="")
    return text.getvalue()


peers.call = call
wanted = {
    (): ["reproducible: True; same order with 2 workers: True"] + [f"restore, {n} worker\\(s\\): .*same sequence True; same set True; "
                                                                  "whole epoch 0 repeated, 0 lost" for n in (1, 2)],
    ("--world",): [r"world 2, uninterrupted: 0 repeated, 0 lost", r"2 -> 4: rest (\d+) of \1; global batches equal (\d+)/\2; whole epoch 0 repeated, 0 lost"],
}
for arguments, lines in wanted.items():
    text = said(*arguments)
    for line in lines:
        if not re.search(line, text):
            sys.exit(f"resume_as_peers: not said: {line}")
print("resume_as_peers: exact with 1 and 2 threads, and from 2 to 4 ranks")
