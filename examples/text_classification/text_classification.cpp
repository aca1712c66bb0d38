// text_classification DIR [OPTIONS]: learns the label of a text from the mean of its word vectors.
//
// DIR comes from: dsprep build-shards reviews.csv --kind text --split column:split
//                 --tokenizer words --out DIR
//
// The vocabulary was fitted on the train split alone; other words are <unk>. Train and val are
// looked at in every epoch, test once, at the end.
#include <dsprep/loader.h>
#include <dsprep/tokenizer.h>
#include <dsprep/torch.h>

#include <chrono>
#include <iostream>

#include "support/options.h"
#include "text_classification/mean_pool_classifier.h"

namespace {

struct Score {
  double loss = 0, accuracy = 0;
};

dsprep::Loader make_loader(const dsprep::Dataset& data, dsprep::LoaderOptions options) {
  options.collate = dsprep::pad(0);  // <pad>; masks come from the lengths
  return {data, std::move(options)};
}

double train_epoch(MeanPoolClassifier& model, torch::optim::Optimizer& optimizer,
                   dsprep::Loader& loader, std::uint64_t epoch) {
  model->train();
  double loss_sum = 0;
  for (const dsprep::Batch& batch : loader.epoch(epoch)) {
    optimizer.zero_grad();
    const torch::Tensor logits = model(dsprep::torch::tensor(batch["input_ids"]),
                                       dsprep::torch::tensor(batch["attention_mask"]));
    const torch::Tensor loss =
        torch::nn::functional::cross_entropy(logits, dsprep::torch::tensor(batch["label"]));
    loss.backward();
    optimizer.step();
    loss_sum += loss.item<double>();
  }
  return loss_sum / static_cast<double>(loader.steps_per_epoch());
}

Score evaluate(MeanPoolClassifier& model, const dsprep::Dataset& data) {
  dsprep::Loader loader = make_loader(data, dsprep::LoaderOptions::eval(256));
  const torch::NoGradGuard no_gradients;
  model->eval();
  Score sum;
  for (const dsprep::Batch& batch : loader.epoch(0)) {
    const torch::Tensor valid = dsprep::torch::tensor(batch["valid"]).to(torch::kBool);
    const torch::Tensor label = dsprep::torch::tensor(batch["label"]).index({valid});
    const torch::Tensor logits = model(dsprep::torch::tensor(batch["input_ids"]),
                                       dsprep::torch::tensor(batch["attention_mask"]))
                                     .index({valid});
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
  Options options = parse_options(
      argc, argv, {{"--epochs", "5"}, {"--batch", "32"}, {"--rate", "0.01"}, {"--seed", "1"}});
  const std::filesystem::path directory = argv[1];
  const std::uint64_t seed = std::stoull(options["--seed"]);
  torch::manual_seed(seed);

  const auto train = dsprep::Dataset::open(directory, "train");
  const auto val = dsprep::Dataset::open(directory, "val");
  const std::uint32_t words = dsprep::Tokenizer::load(directory / "tokenizer.json")->vocab_size();
  MeanPoolClassifier model(words, static_cast<std::int64_t>(train.classes().size()));
  torch::optim::AdamW optimizer(model->parameters(),
                                torch::optim::AdamWOptions(std::stod(options["--rate"])));
  dsprep::Loader loader =
      make_loader(train, dsprep::LoaderOptions::train(std::stoull(options["--batch"]), seed));

  for (std::uint64_t epoch = 0; epoch < std::stoull(options["--epochs"]); ++epoch) {
    const auto begin = std::chrono::steady_clock::now();
    const double loss = train_epoch(model, optimizer, loader, epoch);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    const Score score = evaluate(model, val);
    std::cout << "epoch " << epoch << "  seconds " << seconds.count() << "  train_loss " << loss
              << "  val_loss " << score.loss << "  val_accuracy " << score.accuracy << std::endl;
  }
  const Score score = evaluate(model, dsprep::Dataset::open(directory, "test"));
  std::cout << "test_loss " << score.loss << "  test_accuracy " << score.accuracy << std::endl;
} catch (const std::exception& error) {
  std::cerr << "text_classification: " << error.what() << "\n";
  return 1;
}
