// dsprep: the program. Finds the subcommand and turns what it throws into one line and an exit code.
#include <exception>
#include <iomanip>
#include <iostream>
#include <new>
#include <string_view>

#include "dsprep/error.h"
#include "tools/commands.h"
#include "tools/fault.h"

namespace {

using dsprep::ErrorCode;

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return 2;
    case ErrorCode::kCorrupt:
    case ErrorCode::kVersion:
      return 4;
    case ErrorCode::kInterrupted:
      return 130;
    default:
      return 1;
  }
}

void print_help(std::ostream& out) {
  out << "dsprep turns raw text, images, tables and audio into training-ready shards, and checks and reads them.\n\n"
               "usage: dsprep SUBCOMMAND [arguments]     (dsprep SUBCOMMAND --help says more)\n\n";
  for (const dsprep::Command& command : dsprep::commands()) {
    out << "  " << std::left << std::setw(13) << command.name << " " << command.summary << "\n";
  }
  out << "\n  --version     print the version\n";
}

int run(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "--help";
  if (name == "--help" || name == "-h" || name == "help") {
    print_help(argc > 1 ? std::cout : std::cerr);
    return argc > 1 ? 0 : 2;
  }
  if (name == "--version") {
    std::cout << "dsprep " DSPREP_VERSION "\n";
    return 0;
  }
  for (const dsprep::Command& command : dsprep::commands()) {
    if (name == command.name) return command.run({argv + 2, argv + argc});
  }
  throw dsprep::Error(ErrorCode::kUsage, "no subcommand '" + std::string(name) + "'", {}, "see dsprep --help");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    dsprep::set_fault_from_environment();
    const int code = run(argc, argv);
    std::cout.flush();
    if (!std::cout) throw dsprep::Error(ErrorCode::kIo, "standard output cannot be written");
    return code;
  } catch (const dsprep::Error& error) {
    std::cout.flush();
    std::cerr << "dsprep: " << error.what() << "\n";
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    std::cerr << "dsprep: io: not enough memory; use fewer --jobs\n";
  } catch (const std::exception& error) {
    std::cerr << "dsprep: internal: " << error.what() << "; please report this\n";
  }
  return 1;
}
