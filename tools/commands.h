// The subcommands: one file each (tools/verify.cpp has run_verify), listed in commands.cpp.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace dsprep {

struct Command {
  const char* name;
  const char* summary;
  int (*run)(const std::vector<std::string>& arguments);  ///< returns the exit code; throws Error
};

std::span<const Command> commands();

int run_build_shards(const std::vector<std::string>& arguments);
int run_merge(const std::vector<std::string>& arguments);
int run_status(const std::vector<std::string>& arguments);
int run_verify(const std::vector<std::string>& arguments);
int run_inspect(const std::vector<std::string>& arguments);
int run_ls(const std::vector<std::string>& arguments);
int run_cat(const std::vector<std::string>& arguments);
int run_convert(const std::vector<std::string>& arguments);
int run_digest(const std::vector<std::string>& arguments);
int run_explain(const std::vector<std::string>& arguments);
int run_stats(const std::vector<std::string>& arguments);
int run_audit(const std::vector<std::string>& arguments);
int run_order(const std::vector<std::string>& arguments);
int run_bench(const std::vector<std::string>& arguments);
int run_image(const std::vector<std::string>& arguments);
int run_tokenizer(const std::vector<std::string>& arguments);
int run_tokenize(const std::vector<std::string>& arguments);

}  // namespace dsprep
