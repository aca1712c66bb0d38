"""count_samples.py PEER DIR COUNT: PEER must find COUNT samples, each with a picture and a label, in DIR's train shards."""
import glob
import sys
import warnings

peer, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
shards = sorted(glob.glob(folder + "/train-*.tar"))
warnings.simplefilter("error", UserWarning)


def with_datasets():
    import datasets

    rows = datasets.load_dataset("webdataset", data_files={"train": shards}, split="train", streaming=True)
    return sum(1 for row in rows if "cls" in row and ("jpg" in row or "png" in row))


def with_dali():
    from nvidia.dali import fn, pipeline_def

    @pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def pipeline():
        picture, label = fn.readers.webdataset(
            paths=shards, ext=["jpg;png", "cls"], missing_component_behavior="error", name="shards"
        )
        return picture, label

    pipe = pipeline()
    pipe.build()
    size = pipe.reader_meta("shards")["epoch_size"]
    for _ in range(size):
        pipe.run()
    return size


found = with_datasets() if peer == "datasets" else with_dali()
if found != count:
    sys.exit(f"{peer}: expected {count} samples, found {found}")
print(f"{peer}: {found} samples")
