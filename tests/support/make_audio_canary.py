"""Writes tools/ingest/audio_canary_data.inc: a tone with noise as Ogg Vorbis and as mp3.

  python make_audio_canary.py >../../tools/ingest/audio_canary_data.inc     (needs numpy, soundfile)

The files are kept as they are: a new one would refuse the plans that were made with the old one.
"""

import io

import numpy as np
import soundfile


def main() -> None:
    time = np.arange(1200) / 8000
    signal = 0.5 * np.sin(2 * np.pi * 440 * time * (1 + time)) + 0.1 * np.random.default_rng(1).standard_normal(1200)
    for name, form in (("kOggCanary", "OGG"), ("kMp3Canary", "MP3")):
        file = io.BytesIO()
        soundfile.write(file, signal, 8000, format=form)
        data = file.getvalue()
        print(f"constexpr unsigned char {name}[] = {{")
        for at in range(0, len(data), 24):
            print("    " + " ".join(f"{byte}," for byte in data[at:at + 24]))
        print("};")


main()
