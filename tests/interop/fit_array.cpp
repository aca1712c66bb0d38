// fit_array FILE DTYPE FEATURES standard|robust|minmax: what dsprep fits of the columns of a plain
// array, and its first rows scaled, as JSON. stats_test.py compares.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "dsprep/fitted.h"
#include "lib/stats/number_fit.h"

using namespace dsprep;

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::vector<double> quantiles = {0.01, 0.25, 0.5, 0.75, 0.9};
  std::ifstream in(argv[1], std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const Bytes bytes = std::as_bytes(std::span(text));
  const DType dtype = dtype_from_name(argv[2]).value();
  const std::size_t features = std::stoul(argv[3]);
  NumberFit fit({.dtype = dtype, .features = features, .quantiles = quantiles, .bins = 7});
  for (unsigned pass = 0; pass < fit.passes(); ++pass) {
    fit.add(0, bytes);
    fit.end_pass();
  }
  FieldStats stats;
  nlohmann::json out;
  for (const NumberStats& numbers : fit.report()) {
    nlohmann::json column = {{"count", numbers.count}, {"missing", numbers.missing},
                             {"mean", numbers.mean},   {"std", numbers.std},
                             {"min", numbers.min},     {"max", numbers.max}};
    for (const Quantile& quantile : numbers.quantiles)
      column["quantiles"].push_back(quantile.value);
    column["bins"] = numbers.histogram->counts;
    out["columns"].push_back(column);
    stats.features.push_back({std::to_string(stats.features.size()), numbers});
  }
  if (dtype != DType::kFloat64) {
    std::cout << out.dump() << "\n";
    return 0;
  }
  const Scaler scaler(scaler_from_name(argv[4]).value(), stats, {.biased = true});
  const auto* values = reinterpret_cast<const double*>(bytes.data());
  std::vector<double> row(features);
  for (std::size_t i = 0; i < std::min<std::size_t>(100, bytes.size() / 8 / features); ++i) {
    scaler.apply(values + i * features, 1, row.data(), 1);
    out["scaled"].push_back(row);
  }
  std::cout << out.dump() << "\n";
  return 0;
}
