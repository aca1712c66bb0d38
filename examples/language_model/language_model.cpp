// language_model DIR [OPTIONS]: a recurrent network learns to say the next byte of a text.
//
// DIR comes from: dsprep build-shards corpus.txt --doc line --tokenizer bytes --eos 10 --out DIR
//                 --split train=0.9,val=0.1
// The windows of --window tokens are cut when they are read. Gradients of --accumulate batches make
// one step. With --save FILE the run writes model, optimizer and place in the data every
// --save-every steps; --resume FILE goes on from there, in the middle of an epoch, with the same
// losses to the last bit (a model that draws, such as one with dropout, would save its generator
// too).
#include <dsprep/loader.h>
#include <dsprep/torch.h>
#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>

#include "support/options.h"

namespace {

constexpr std::int64_t kTokens = 256;

struct ModelImpl : torch::nn::Module {
  explicit ModelImpl(std::int64_t width)
      : vectors(register_module("vectors", torch::nn::Embedding(kTokens, width))),
        memory(register_module(
            "memory", torch::nn::GRU(torch::nn::GRUOptions(width, 2 * width).batch_first(true)))),
        output(register_module("output", torch::nn::Linear(2 * width, kTokens))) {}

  /// ids (B, L) int64 -> logits (B, L, kTokens).
  torch::Tensor forward(const torch::Tensor& ids) {
    return output(std::get<0>(memory->forward(vectors(ids))));
  }

  torch::nn::Embedding vectors;
  torch::nn::GRU memory;
  torch::nn::Linear output;
};
TORCH_MODULE(Model);

dsprep::Loader make_loader(const std::filesystem::path& directory, const char* split,
                           std::uint64_t window, dsprep::LoaderOptions options) {
  options.transform = {dsprep::next_token()};  // tokens -> input_ids, targets
  auto data = dsprep::Dataset::open(directory, split);
  return {dsprep::token_windows(std::move(data), {.length = window}), std::move(options)};
}

torch::Tensor loss_of(const torch::Tensor& logits, const torch::Tensor& targets) {
  return torch::nn::functional::cross_entropy(logits.reshape({-1, kTokens}), targets.reshape({-1}));
}

// One training run and what has to be saved of it.
struct Run {
  Model model;
  torch::optim::AdamW optimizer;
  dsprep::Loader loader;
  std::uint64_t epoch = 0, step = 0;  // the next ones

  void save(const std::string& path) {
    torch::serialize::OutputArchive archive, model_part, optimizer_part;
    model->save(model_part);
    optimizer.save(optimizer_part);
    archive.write("model", model_part);
    archive.write("optimizer", optimizer_part);
    archive.write("loader", torch::IValue(loader.state()));
    archive.write("step", torch::IValue(static_cast<std::int64_t>(step)));
    archive.save_to(path + ".new");  // a run that is killed meanwhile has the one before
    std::filesystem::rename(path + ".new", path);
  }

  void resume(const std::string& path) {
    torch::serialize::InputArchive archive, model_part, optimizer_part;
    archive.load_from(path);
    archive.read("model", model_part);
    archive.read("optimizer", optimizer_part);
    model->load(model_part);
    optimizer.load(optimizer_part);
    torch::IValue state, steps;
    archive.read("loader", state);
    archive.read("step", steps);
    epoch = loader.resume(state.toStringRef());
    step = static_cast<std::uint64_t>(steps.toInt());
  }
};

void train_epoch(Run& run, Options& options) {
  const std::uint64_t accumulate = std::stoull(options["--accumulate"]);
  const std::uint64_t last = std::stoull(options["--steps"]);
  run.model->train();
  dsprep::Epoch epoch = run.loader.epoch(run.epoch);
  // The last step of an epoch may have fewer batches: it is divided by their number.
  for (std::uint64_t left = epoch.steps(); left > 0 && run.step < last;) {
    const std::uint64_t batches = std::min(accumulate, left);
    run.optimizer.zero_grad();
    double loss_sum = 0;
    for (std::uint64_t i = 0; i < batches; ++i) {
      const dsprep::Batch batch = *epoch.next();
      const torch::Tensor loss = loss_of(run.model(dsprep::torch::tensor(batch["input_ids"])),
                                         dsprep::torch::tensor(batch["targets"])) /
                                 static_cast<double>(batches);
      loss.backward();
      loss_sum += loss.item<double>();
    }
    torch::nn::utils::clip_grad_norm_(run.model->parameters(), 1.0);
    run.optimizer.step();
    left -= batches;
    std::cout << "step " << run.step++ << "  epoch " << run.epoch << "  batches " << batches
              << "  loss " << loss_sum << std::endl;
    if (!options["--save"].empty() && run.step % std::stoull(options["--save-every"]) == 0)
      run.save(options["--save"]);
  }
  ++run.epoch;
}

void evaluate(Model& model, dsprep::Loader loader) {
  const torch::NoGradGuard no_gradients;
  model->eval();
  double loss = 0, right = 0, tokens = 0;
  for (const dsprep::Batch& batch : loader.epoch(0)) {
    const torch::Tensor valid = dsprep::torch::tensor(batch["valid"]).to(torch::kBool);
    const torch::Tensor targets = dsprep::torch::tensor(batch["targets"]).index({valid});
    const torch::Tensor logits = model(dsprep::torch::tensor(batch["input_ids"])).index({valid});
    const auto count = static_cast<double>(targets.numel());
    loss += loss_of(logits, targets).item<double>() * count;
    right += logits.argmax(-1).eq(targets).sum().item<double>();
    tokens += count;
  }
  std::cout << "val_loss " << loss / tokens << "  val_accuracy " << right / tokens << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  Options options = parse_options(argc, argv,
                                  {{"--steps", "300"},
                                   {"--window", "64"},
                                   {"--batch", "8"},
                                   {"--accumulate", "4"},
                                   {"--width", "64"},
                                   {"--rate", "0.01"},
                                   {"--seed", "1"},
                                   {"--save", ""},
                                   {"--save-every", "50"},
                                   {"--resume", ""}});
  const std::uint64_t seed = std::stoull(options["--seed"]);
  const std::uint64_t window = std::stoull(options["--window"]);
  const std::uint64_t batch = std::stoull(options["--batch"]);
  torch::manual_seed(seed);
  Model model(std::stoll(options["--width"]));
  Run run{model,
          torch::optim::AdamW(model->parameters(),
                              torch::optim::AdamWOptions(std::stod(options["--rate"]))),
          make_loader(argv[1], "train", window, dsprep::LoaderOptions::train(batch, seed))};
  if (!options["--resume"].empty()) run.resume(options["--resume"]);

  const std::uint64_t accumulate = std::stoull(options["--accumulate"]);
  std::cerr << "a step is of " << run.loader.effective_batch_size(accumulate)
            << " windows, an epoch of " << run.loader.optimizer_steps_per_epoch(accumulate)
            << " steps\n";
  std::cout << std::setprecision(17);
  while (run.step < std::stoull(options["--steps"])) train_epoch(run, options);
  evaluate(model, make_loader(argv[1], "val", window, dsprep::LoaderOptions::eval(64)));
} catch (const std::exception& error) {
  std::cerr << "language_model: " << error.what() << "\n";
  return 1;
}
