"""Compares sound with numpy and soundfile: waveforms, other rates, windows, log-mel spectrograms.

  python audio_test.py PROGRAM
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

PROGRAM = sys.argv[1]
RNG = np.random.default_rng(11)


def run(*arguments: str) -> None:
    subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True)


def samples(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """The samples of train by key, from the memmap files."""
    fields = [field["name"] for field in json.loads((folder / "dataset.json").read_text())["schema"]]
    out: dict[str, dict[str, np.ndarray]] = {}
    for keys in sorted(folder.glob("train-*.key.npy")):
        stem = keys.name.removesuffix(".key.npy")
        names = [key.decode() for key in np.load(keys)]
        columns = {}
        for field in fields:
            values = np.load(folder / f"{stem}.{field}.npy")
            offsets = folder / f"{stem}.{field}.offsets.npy"
            if offsets.exists():
                edges = np.load(offsets).astype(np.int64)
                values = [values[a:b] for a, b in zip(edges, edges[1:])]
                shapes = folder / f"{stem}.{field}.shapes.npy"
                if shapes.exists():
                    values = [v.reshape(s) for v, s in zip(values, np.load(shapes))]
            columns[field] = values
        for i, name in enumerate(names):
            out[name] = {field: columns[field][i] for field in fields}
    return out


def sound(seconds: float, rate: int) -> np.ndarray:
    """A chirp over the whole band, clicks, noise and a silent end."""
    count = int(seconds * rate)
    time = np.arange(count) / rate
    signal = 0.4 * np.sin(2 * np.pi * (50 * time + (rate / 2 - 100) * time**2 / (2 * seconds)))
    signal += 0.02 * RNG.standard_normal(count)
    signal[:: max(count // 7, 1)] += 0.3
    signal[int(0.9 * count):] = 0
    return signal


# The definitions, written again.

def mel_to_hz(mel: np.ndarray, scale: str) -> np.ndarray:
    if scale == "htk":
        return 700 * (10 ** (mel / 2595) - 1)
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def hz_to_mel(hz: float, scale: str) -> float:
    if scale == "htk":
        return 2595 * np.log10(1 + hz / 700)
    return hz * 3 / 200 if hz < 1000 else 15 + np.log(hz / 1000) * 27 / np.log(6.4)


def log_mel(signal, rate, mels, window, hop, fft, pad, scale, norm, log, low, high, floor):
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    lead = (fft - window) // 2
    hann = np.pad(hann, (lead, fft - window - lead))
    if pad != "none":
        signal = np.pad(signal, fft // 2, mode="constant" if pad == "zero" else "reflect")
    frames = np.lib.stride_tricks.sliding_window_view(signal, fft)[::hop]
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2
    corners = mel_to_hz(np.linspace(hz_to_mel(low, scale), hz_to_mel(high, scale), mels + 2), scale)
    bins = np.arange(fft // 2 + 1) * rate / fft
    up = (bins - corners[:-2, None]) / np.diff(corners)[:-1, None]
    down = (corners[2:, None] - bins) / np.diff(corners)[1:, None]
    bank = np.maximum(0, np.minimum(up, down))
    if norm == "slaney":
        bank *= (2 / (corners[2:] - corners[:-2]))[:, None]
    mel = power @ bank.T
    if log == "none":
        return mel
    value = np.log(np.maximum(mel, floor))
    return {"ln": value, "log10": value / np.log(10), "db": 10 * value / np.log(10)}[log]


def check_waveforms(folder: Path) -> None:
    kinds = {"pcm16.wav": "PCM_16", "pcm24.wav": "PCM_24", "u8.wav": "PCM_U8", "f32.wav": "FLOAT", "f64.wav": "DOUBLE",
             "mu.wav": "ULAW", "pcm16.flac": "PCM_16", "pcm24.flac": "PCM_24", "v.ogg": "VORBIS", "o.opus": "OPUS",
             "pcm16.aiff": "PCM_16", "pcm16.au": "PCM_16", "l.mp3": "MPEG_LAYER_III"}
    inputs = folder / "kinds"
    inputs.mkdir()
    for name, subtype in kinds.items():
        signal = np.stack([sound(0.5, 48000), sound(0.5, 48000), sound(0.5, 48000)], axis=1)[:, : 2 + ("mp3" not in name)]
        form = {"opus": "OGG"}.get(name.split(".")[1])
        soundfile.write(inputs / name, signal, 48000, subtype=subtype, format=form)
    run("build-shards", inputs, "--out", folder / "mix")
    run("build-shards", inputs, "--channel", "1", "--dtype", "int16", "--out", folder / "one")
    mix, one = samples(folder / "mix"), samples(folder / "one")
    assert mix.keys() == one.keys() == kinds.keys(), mix.keys()
    for name, subtype in kinds.items():
        data, rate = soundfile.read(inputs / name, dtype="float64", always_2d=True)
        exact = subtype not in ("VORBIS", "OPUS", "MPEG_LAYER_III")  # their decoders differ from version to version
        mean = (data[:, 0] + data[:, 1] + (data[:, 2] if data.shape[1] == 3 else 0)) / data.shape[1]
        ours = mix[name]["waveform"]
        assert mix[name]["rate"] == mix[name]["source_rate"] == rate and mix[name]["start"] == 0
        assert ours.dtype == np.float32 and ours.shape == mean.shape, (name, ours.shape, mean.shape)
        distance = np.abs(ours - mean.astype(np.float32)).max()
        assert distance == 0 if exact else distance < 1e-3, (name, distance)
        if exact:
            rounded = np.clip(np.round(data[:, 1] * 32768), -32768, 32767).astype(np.int16)
            assert np.array_equal(one[name]["waveform"], rounded), name
    print(f"waveforms: {len(kinds)} kinds of files equal soundfile's")


def check_rates(folder: Path) -> None:
    """Sines come out as sines of the same height and phase; what is above the band is gone."""
    inputs = folder / "rates"
    inputs.mkdir()
    cases = []
    for rate in (8000, 11025, 22050, 44100, 48000, 44101):
        for share in (0.01, 0.3, 0.88):
            hz = share * min(rate, 16000) / 2
            cases.append((f"{rate}-{hz:.0f}.wav", rate, hz))
        if rate > 22050:
            cases.append((f"{rate}-high.wav", rate, 8600.0))
    for name, rate, hz in cases:
        time = np.arange(rate) / rate
        soundfile.write(inputs / name, 0.5 * np.sin(2 * np.pi * hz * time + 1), rate, subtype="DOUBLE")
    run("build-shards", inputs, "--rate", "16000", "--out", folder / "16k")
    ours = samples(folder / "16k")
    for name, rate, hz in cases:
        wave = ours[name]["waveform"].astype(np.float64)
        assert len(wave) == 16000, (name, len(wave))
        expected = 0.5 * np.sin(2 * np.pi * hz * np.arange(16000) / 16000 + 1) if hz < 8000 else np.zeros(16000)
        middle = slice(4000, 12000)  # away from the ends
        distance = np.abs(wave - expected)[middle].max()
        assert distance < 1e-5, (name, distance)
        assert ours[name]["source_rate"] == rate and ours[name]["rate"] == 16000
    print(f"rates: {len(cases)} sines within 1e-5 of themselves, silence above the band")


def check_spectrograms(folder: Path) -> None:
    inputs = folder / "speech"
    inputs.mkdir()
    signals = {}
    for i, seconds in enumerate((0.7, 1.0, 0.05, 2.3)):
        signals[f"{i}.wav"] = sound(seconds, 16000)
        soundfile.write(inputs / f"{i}.wav", signals[f"{i}.wav"], 16000, subtype="DOUBLE")
    base = dict(mels=80, window=400, hop=160, fft=400, pad="zero", scale="slaney", norm="slaney", log="ln", low=0,
                high=8000, floor=1e-10)
    variants = [{}, {"pad": "reflect", "log": "log10"}, {"pad": "none", "log": "db"}, {"fft": 512, "mels": 40},
                {"scale": "htk", "norm": "none", "mels": 23, "low": 20, "high": 7600, "fft": 512},
                {"window": 401, "fft": 401, "hop": 97, "mels": 40}, {"log": "none", "fft": 1024, "mels": 128},
                {"window": 1024, "fft": 1024, "hop": 256}, {"window": 399, "fft": 512, "pad": "reflect"}]
    worst = 0.0
    for number, variant in enumerate(variants):
        o = base | variant
        out = folder / f"mel{number}"
        run("build-shards", inputs, "--rate", "16000", "--mel", o["mels"], "--window", o["window"], "--hop", o["hop"], "--fft",
            o["fft"], "--mel-pad", o["pad"], "--mel-scale", o["scale"], "--mel-norm", o["norm"], "--mel-log", o["log"],
            "--fmin", o["low"], "--fmax", o["high"], "--mel-floor", o["floor"], "--out", out)
        for name, sample in samples(out).items():
            expected = log_mel(signals[name], 16000, **o)
            assert sample["mel"].shape == expected.shape, (variant, name, sample["mel"].shape, expected.shape)
            distance = np.abs(sample["mel"] - expected)
            if o["log"] == "none":
                distance /= np.maximum(np.abs(expected), 1e-10)
            worst = max(worst, distance.max())
            assert distance.max() < 1e-4, (variant, name, distance.max())
    print(f"spectrograms: {len(variants)} definitions, at most {worst:.1e} from numpy's")

    # Windows of frames are rows of the whole file's spectrogram.
    run("build-shards", inputs, "--rate", "16000", "--mel", "80", "--window", "400", "--hop", "160", "--frames", "32",
        "--stride", "20", "--tail", "pad", "--out", folder / "cut")
    whole, count = samples(folder / "mel0"), 0
    for key, sample in samples(folder / "cut").items():
        name, start = key.rsplit("@", 1)
        first = int(start) // 160
        assert sample["start"] == int(start) and sample["mel"].shape == (32, 80)
        length = sample["length"]
        assert np.array_equal(sample["mel"][:length], whole[name]["mel"][first:first + length])
        assert np.all(sample["mel"][length:] == np.float32(np.log(1e-10)))
        count += 1
    print(f"windows: {count} windows of frames are rows of the whole")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_waveforms(folder)
        check_rates(folder)
        check_spectrograms(folder)


main()
