// image_classification DIR [OPTIONS]: a small convolutional network learns classes of pictures.
//
// DIR comes from: dsprep build-shards pictures/ --out DIR   (pictures/{train,val,test}/CLASS/*)
//                 dsprep stats DIR                          (mean and deviation, of train alone)
// Train sees RandomResizedCrop and flips, val and test Resize and CenterCrop, all of them the
// statistics of train. The learning rate has its place in all steps. Train drops the last batch of
// an epoch if it is not full, so that batch norm never sees a few samples alone. Test is looked at
// once, at the end.
#include <dsprep/augment.h>
#include <dsprep/fitted.h>
#include <dsprep/loader.h>
#include <dsprep/torch.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

#include "support/options.h"

namespace {

constexpr std::uint32_t kSide = 32;

struct Score {
  double loss = 0, accuracy = 0;
};

// Three times: convolution, batch norm, half the size.
torch::nn::Sequential make_model(std::int64_t classes) {
  torch::nn::Sequential model;
  std::int64_t channels = 3;
  for (const std::int64_t wider : {16, 32, 64}) {
    model->push_back(
        torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, wider, 3).padding(1).bias(false)));
    model->push_back(torch::nn::BatchNorm2d(wider));
    model->push_back(torch::nn::ReLU());
    model->push_back(torch::nn::MaxPool2d(2));
    channels = wider;
  }
  model->push_back(torch::nn::AdaptiveAvgPool2d(1));
  model->push_back(torch::nn::Flatten());
  model->push_back(torch::nn::Linear(channels, classes));
  return model;
}

// What both kinds of loader do: the size, and normalising. Statistics of another split than train
// are refused; those of another dataset are what exercises/train_only_statistics.sh is about.
dsprep::AugmentOptions augment_options(const dsprep::Dataset& train, const std::string& stats) {
  const dsprep::FieldStats of_train =
      stats.empty() ? dsprep::load_stats(train, "image")
                    : dsprep::load_stats(stats, train, "image", {.allow_other_dataset = true});
  const dsprep::NormalizeOptions normalize = dsprep::image_normalization(of_train);
  dsprep::AugmentOptions options{.width = kSide, .height = kSide};
  options.mean = normalize.mean;
  options.std = normalize.deviation;
  return options;
}

// The learning rate of each step: up in the first twentieth of all steps, then down along a cosine.
struct Schedule {
  double peak;
  std::uint64_t steps;  // of all epochs: steps_per_epoch() counts them exactly

  double rate(std::uint64_t step) const {
    const double done = (static_cast<double>(step) + 1) / static_cast<double>(steps);
    return peak * std::min(1.0, done / 0.05) * 0.5 * (1 + std::cos(std::acos(-1.0) * done));
  }
};

void set_rate(torch::optim::Optimizer& optimizer, double rate) {
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups())
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
}

double train_epoch(torch::nn::Sequential& model, torch::optim::Optimizer& optimizer,
                   const Schedule& schedule, dsprep::Loader& loader, std::uint64_t epoch) {
  model->train();
  double loss_sum = 0;
  for (const dsprep::Batch& batch : loader.epoch(epoch)) {
    set_rate(optimizer, schedule.rate(epoch * loader.steps_per_epoch() + batch.step()));
    optimizer.zero_grad();
    const torch::Tensor logits = model->forward(dsprep::torch::tensor(batch["image"]));
    const torch::Tensor loss =
        torch::nn::functional::cross_entropy(logits, dsprep::torch::tensor(batch["label"]));
    loss.backward();
    optimizer.step();
    loss_sum += loss.item<double>();
  }
  return loss_sum / static_cast<double>(loader.steps_per_epoch());
}

Score evaluate(torch::nn::Sequential& model, const dsprep::Dataset& data,
               dsprep::AugmentOptions augment) {
  augment.crop = dsprep::CropMode::kCenter;
  augment.shorter = kSide * 8 / 7;
  augment.flip = 0;
  dsprep::LoaderOptions options = dsprep::LoaderOptions::eval(128);
  options.transform = {dsprep::augment(augment)};
  dsprep::Loader loader(data, std::move(options));
  const torch::NoGradGuard no_gradients;
  model->eval();
  Score sum;
  for (const dsprep::Batch& batch : loader.epoch(0)) {
    const torch::Tensor valid = dsprep::torch::tensor(batch["valid"]).to(torch::kBool);
    const torch::Tensor label = dsprep::torch::tensor(batch["label"]).index({valid});
    const torch::Tensor logits =
        model->forward(dsprep::torch::tensor(batch["image"])).index({valid});
    sum.loss += torch::nn::functional::cross_entropy(
                    logits, label, torch::nn::CrossEntropyLossOptions().reduction(torch::kSum))
                    .item<double>();
    sum.accuracy += logits.argmax(1).eq(label).sum().item<double>();
  }
  const auto samples = static_cast<double>(data.size());
  return {sum.loss / samples, sum.accuracy / samples};
}

}  // namespace

int main(int argc, char** argv) try {
  Options options = parse_options(argc, argv,
                                  {{"--epochs", "5"},
                                   {"--batch", "32"},
                                   {"--rate", "0.003"},
                                   {"--seed", "1"},
                                   {"--stats", ""}});
  const std::filesystem::path directory = argv[1];
  const std::uint64_t seed = std::stoull(options["--seed"]);
  torch::manual_seed(seed);

  const auto train = dsprep::Dataset::open(directory, "train");
  const auto val = dsprep::Dataset::open(directory, "val");
  const dsprep::AugmentOptions augment = augment_options(train, options["--stats"]);
  auto loading = dsprep::LoaderOptions::train(std::stoull(options["--batch"]), seed);
  loading.transform = {dsprep::augment(augment)};
  dsprep::Loader loader(train, std::move(loading));
  torch::nn::Sequential model = make_model(static_cast<std::int64_t>(train.classes().size()));
  torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions());
  const std::uint64_t epochs = std::stoull(options["--epochs"]);
  const Schedule schedule{std::stod(options["--rate"]), epochs * loader.steps_per_epoch()};

  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto begin = std::chrono::steady_clock::now();
    const double loss = train_epoch(model, optimizer, schedule, loader, epoch);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    const Score score = evaluate(model, val, augment);
    std::cout << "epoch " << epoch << "  seconds " << seconds.count() << "  train_loss " << loss
              << "  val_loss " << score.loss << "  val_accuracy " << score.accuracy << std::endl;
  }
  const Score score = evaluate(model, dsprep::Dataset::open(directory, "test"), augment);
  std::cout << "test_loss " << score.loss << "  test_accuracy " << score.accuracy << std::endl;
} catch (const std::exception& error) {
  std::cerr << "image_classification: " << error.what() << "\n";
  return 1;
}
