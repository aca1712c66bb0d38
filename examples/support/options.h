// Options of a program: NAME VALUE pairs behind its first argument, with their defaults.
#pragma once

#include <dsprep/error.h>

#include <map>
#include <string>

using Options = std::map<std::string, std::string>;

/// Throws kUsage for an option that is none of `known`.
inline Options parse_options(int argc, char** argv, Options known) {
  std::string usage = std::string("usage: ") + argv[0] + " DIR";
  for (const auto& [name, value] : known)
    usage += " [" + name + " " + (value.empty() ? "…" : value) + "]";
  if (argc < 2 || argc % 2 != 0) throw dsprep::Error(dsprep::ErrorCode::kUsage, usage);
  for (int i = 2; i < argc; i += 2) {
    const auto option = known.find(argv[i]);
    if (option == known.end()) throw dsprep::Error(dsprep::ErrorCode::kUsage, usage);
    option->second = argv[i + 1];
  }
  return known;
}
