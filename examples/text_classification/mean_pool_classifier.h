// The mean of a text's word vectors, and one linear layer on it.
#pragma once

#include <torch/torch.h>

struct MeanPoolClassifierImpl : torch::nn::Module {
  MeanPoolClassifierImpl(std::int64_t words, std::int64_t classes, std::int64_t width = 64)
      : vectors(register_module(
            "vectors",
            torch::nn::Embedding(torch::nn::EmbeddingOptions(words, width).padding_idx(0)))),
        output(register_module("output", torch::nn::Linear(width, classes))) {}

  /// ids (B, L) int64, mask (B, L) bool: true where a word is -> logits (B, classes).
  torch::Tensor forward(const torch::Tensor& ids, const torch::Tensor& mask) {
    const torch::Tensor weights = mask.unsqueeze(-1).to(torch::kFloat);
    const torch::Tensor sum = (vectors(ids) * weights).sum(1);
    return output(sum / weights.sum(1).clamp_min(1));  // a text without a word has no mean
  }

  torch::nn::Embedding vectors;
  torch::nn::Linear output;
};
TORCH_MODULE(MeanPoolClassifier);
