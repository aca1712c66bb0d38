// distributed DIR [OPTIONS]: one of --world processes that train one model together, on the data
// and with the model of text_classification. run.sh starts them all.
//
// --batch is the global batch: each rank reads its share of it. The order depends on neither rank
// nor world, so a run that was saved goes on with another number of processes, and its losses are
// the same up to the rounding of sums.
#include <dsprep/loader.h>
#include <dsprep/tokenizer.h>
#include <dsprep/torch.h>

#include <array>
#include <filesystem>
#include <iomanip>
#include <iostream>

#include "distributed/group.h"
#include "support/options.h"
#include "text_classification/mean_pool_classifier.h"

namespace {

struct Job {
  Options options;
  std::filesystem::path directory;
  std::uint64_t rank, world;
  Group group;
  MeanPoolClassifier model;
  torch::optim::AdamW optimizer;
  std::uint64_t epoch = 0, step = 0;  // the next ones

  std::uint64_t number(const char* name) const { return std::stoull(options.at(name)); }
};

dsprep::Loader make_loader(const Job& job, const char* split, dsprep::LoaderOptions options) {
  options.rank = job.rank;
  options.world = job.world;
  options.collate = dsprep::pad(0);
  return {dsprep::Dataset::open(job.directory, split), std::move(options)};
}

torch::Tensor logits_of(Job& job, const dsprep::Batch& batch) {
  return job.model(dsprep::torch::tensor(batch["input_ids"]),
                   dsprep::torch::tensor(batch["attention_mask"]));
}

// Batches are of one size on all ranks, so the mean over ranks is the mean over the global batch.
void average_gradients(Job& job) {
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& weight : job.model->parameters())
    flat.push_back(weight.grad().reshape({-1}));
  const torch::Tensor all = torch::cat(flat);
  job.group.sum({all.data_ptr<float>(), static_cast<std::size_t>(all.numel())});
  std::int64_t begin = 0;
  for (const torch::Tensor& weight : job.model->parameters()) {
    const std::int64_t count = weight.numel();
    weight.grad().copy_(all.narrow(0, begin, count).view_as(weight) /
                        static_cast<double>(job.world));
    begin += count;
  }
}

// Rank 0 saves for all: the place in the data is the global one.
void save(Job& job, const dsprep::Loader& loader) {
  torch::serialize::OutputArchive archive, model, optimizer;
  job.model->save(model);
  job.optimizer.save(optimizer);
  archive.write("model", model);
  archive.write("optimizer", optimizer);
  archive.write("loader", torch::IValue(loader.state()));
  archive.write("step", torch::IValue(static_cast<std::int64_t>(job.step)));
  const std::string& path = job.options.at("--save");
  archive.save_to(path + ".new");  // a run that is killed meanwhile has the one before
  std::filesystem::rename(path + ".new", path);
}

void resume(Job& job, dsprep::Loader& loader) {
  torch::serialize::InputArchive archive, model, optimizer;
  archive.load_from(job.options.at("--resume"));
  archive.read("model", model);
  archive.read("optimizer", optimizer);
  job.model->load(model);
  job.optimizer.load(optimizer);
  torch::IValue state, steps;
  archive.read("loader", state);
  archive.read("step", steps);
  job.epoch = loader.resume(state.toStringRef());
  job.step = static_cast<std::uint64_t>(steps.toInt());
}

void train_epoch(Job& job, dsprep::Loader& loader) {
  job.model->train();
  for (const dsprep::Batch& batch : loader.epoch(job.epoch)) {
    job.optimizer.zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(
        logits_of(job, batch), dsprep::torch::tensor(batch["label"]));
    loss.backward();
    average_gradients(job);
    job.optimizer.step();
    std::array<float, 1> sum = {loss.item<float>()};
    job.group.sum(sum);
    if (job.rank == 0)
      std::cout << "step " << job.step << "  epoch " << job.epoch << "  loss "
                << sum[0] / static_cast<float>(job.world) << std::endl;
    ++job.step;
    if (job.rank == 0 && job.step == job.number("--save-at")) save(job, loader);
  }
  ++job.epoch;
}

// All ranks together see each sample exactly once: rows that repeat one are not valid.
void evaluate(Job& job, const char* split) {
  dsprep::Loader loader = make_loader(job, split, dsprep::LoaderOptions::eval(64));
  const torch::NoGradGuard no_gradients;
  job.model->eval();
  std::array<float, 2> sums = {};
  for (const dsprep::Batch& batch : loader.epoch(0)) {
    const torch::Tensor right =
        logits_of(job, batch).argmax(1).eq(dsprep::torch::tensor(batch["label"]));
    const torch::Tensor valid = dsprep::torch::tensor(batch["valid"]).to(torch::kBool);
    sums[0] += right.logical_and(valid).sum().item<float>();
    sums[1] += valid.sum().item<float>();
  }
  job.group.sum(sums);
  if (job.rank == 0)
    std::cout << split << "_samples " << sums[1] << "  " << split << "_accuracy "
              << sums[0] / sums[1] << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = parse_options(argc, argv,
                                        {{"--rank", "0"},
                                         {"--world", "1"},
                                         {"--meet", ""},
                                         {"--epochs", "2"},
                                         {"--batch", "32"},
                                         {"--rate", "0.01"},
                                         {"--seed", "1"},
                                         {"--save", ""},
                                         {"--save-at", "0"},
                                         {"--resume", ""}});
  const std::filesystem::path directory = argv[1];
  const std::uint64_t rank = std::stoull(options.at("--rank"));
  const std::uint64_t world = std::stoull(options.at("--world"));
  const std::uint64_t seed = std::stoull(options.at("--seed"));
  const std::uint64_t batch = std::stoull(options.at("--batch"));
  if (batch % world != 0)
    throw dsprep::Error(dsprep::ErrorCode::kUsage, "--batch is no multiple of --world");
  torch::manual_seed(seed);  // the same first weights everywhere
  const auto words = dsprep::Tokenizer::load(directory / "tokenizer.json")->vocab_size();
  const auto classes = dsprep::Dataset::open(directory, "train").classes().size();
  MeanPoolClassifier model(words, static_cast<std::int64_t>(classes));
  Job job{.options = options,
          .directory = directory,
          .rank = rank,
          .world = world,
          .group = {options.at("--meet"), rank, world},
          .model = model,
          .optimizer = torch::optim::AdamW(
              model->parameters(), torch::optim::AdamWOptions(std::stod(options.at("--rate"))))};

  std::cout << std::setprecision(9);
  dsprep::Loader loader =
      make_loader(job, "train", dsprep::LoaderOptions::train(batch / world, seed));
  if (!options.at("--resume").empty()) resume(job, loader);
  while (job.epoch < job.number("--epochs")) train_epoch(job, loader);
  evaluate(job, "val");
} catch (const std::exception& error) {
  std::cerr << "distributed: " << error.what() << "\n";
  return 1;
}
