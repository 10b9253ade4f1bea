"""Checks a bundle of evidence with nothing of FlowForge: Python's standard library, and openssl for the signatures."""
import base64, hashlib, json, os, re, subprocess, sys, tarfile, tempfile


def fail(problem):
    print(problem)
    sys.exit(4)


def signed(key, text, signature):
    with tempfile.TemporaryDirectory() as d:
        for name, content in (("k", key), ("t", text), ("s", signature)):
            with open(os.path.join(d, name), "wb") as f:
                f.write(content)
        run = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "k", "-rawin", "-in", "t", "-sigfile", "s"],
                             cwd=d, capture_output=True)
        return run.returncode == 0


def sha256(content):
    return hashlib.sha256(content).hexdigest()


with tarfile.open(sys.argv[1]) as tar:
    files = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}
key = files["public-key.pem"]
if len(sys.argv) > 2 and open(sys.argv[2], "rb").read() != key:
    fail("another key signed")
manifest = json.loads(files["manifest.json"])
if not signed(key, files["manifest.json"], base64.b64decode(files["manifest.sig"])):
    fail("the manifest was not signed by this key")
listed = {f["name"]: f["sha256"] for f in manifest["files"]}
for name, content in files.items():
    if name not in ("manifest.json", "manifest.sig") and sha256(content) != listed.get(name):
        fail(name + " was changed")
if set(listed) - set(files):
    fail("files are missing")
first, *rows = files["chain.tsv"].decode().rstrip("\n").split("\n")
seq, link, _ = first.split("\t")
seq, told = int(seq), 0
for row in rows:
    at, stored, content = row.split("\t")
    seq += 1
    if int(at) != seq:
        fail(f"event {seq} is missing")
    in_full = content.startswith("[")
    told += in_full
    link = sha256((link + (sha256(content.encode()) if in_full else content)).encode())
    if link != stored:
        fail(f"event {seq} is not what was recorded")
text, signature = re.fullmatch(r"(.*\n)\n— \S+ (\S+)\n", files["checkpoint.txt"].decode(), re.S).groups()
if not signed(key, text.encode(), base64.b64decode(signature)[4:]):
    fail("the checkpoint was not signed by this key")
origin, size, root = text.split("\n")[:3]
if origin != "flowforge/" + manifest["logId"] or int(size) != seq or root != link:
    fail("the chain is not what was signed")
if told != manifest["eventCount"]:
    fail("the count is wrong")
print(f"ok: {told} events, signed up to {seq}")
