#include "lib/data/spool.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string_view>

#include "dsprep/error.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

struct FreeArchive {
  void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, FreeArchive>;

struct ClosePipe {
  void operator()(FILE* pipe) const noexcept { ::pclose(pipe); }
};

// libarchive's filters without its formats: the bytes as they were before they were compressed.
Reader make_reader() {
  Reader reader(archive_read_new());
  if (!reader) throw Error(ErrorCode::kIo, "no memory to decompress");
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  return reader;
}

[[noreturn]] void fail(archive* reader, const std::string& name) {
  const char* why = archive_error_string(reader);
  throw Error(ErrorCode::kCorrupt,
              std::string("cannot be decompressed: ") + (why ? why : "it was cut or damaged"),
              {.file = name});
}

void pump(archive* reader, const std::string& name, const std::function<void(Bytes)>& take) {
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader, &entry);
  if (status == ARCHIVE_EOF) return;
  if (status != ARCHIVE_OK) fail(reader, name);
  for (;;) {
    const void* data = nullptr;
    std::size_t bytes = 0;
    la_int64_t offset = 0;
    const int read = archive_read_data_block(reader, &data, &bytes, &offset);
    if (read == ARCHIVE_EOF) return;
    if (read != ARCHIVE_OK) fail(reader, name);
    take({static_cast<const std::byte*>(data), bytes});
  }
}

void write_to(const SpoolFile& spool, archive* reader, const std::string& name) {
  OutputFile out(spool.path());
  pump(reader, name, [&](Bytes bytes) { out.append(bytes); });
  out.close();
}

}  // namespace

SpoolFile::SpoolFile() : path_(temporary_name(fs::temp_directory_path() / "dsprep-shard")) {}

SpoolFile::~SpoolFile() {
  if (!path_.empty()) remove_file(path_);
}

bool is_compressed(const InputFile& file) {
  constexpr std::array<std::string_view, 4> kMagic = {"\x1F\x8B", "\x28\xB5\x2F\xFD",
                                                      "\xFD"
                                                      "7zXZ",
                                                      "BZh"};
  std::array<std::byte, 6> front{};
  const std::size_t got = file.read_some(0, front);
  const std::string_view text(reinterpret_cast<const char*>(front.data()), got);
  return std::ranges::any_of(kMagic,
                             [&](std::string_view magic) { return text.starts_with(magic); });
}

SpoolFile spool_file(const fs::path& path) {
  constexpr std::size_t kBlock = 1 << 20;
  SpoolFile spool;
  const Reader reader = make_reader();
  if (archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK)
    fail(reader.get(), path.string());
  write_to(spool, reader.get(), path.string());
  return spool;
}

SpoolFile spool_command(const std::string& command) {
  SpoolFile spool;
  std::unique_ptr<FILE, ClosePipe> pipe(::popen(command.c_str(), "re"));
  if (!pipe) throw Error(ErrorCode::kIo, "no shell could be started", {.file = "pipe:" + command});
  const Reader reader = make_reader();
  std::exception_ptr fault;
  try {
    if (archive_read_open_FILE(reader.get(), pipe.get()) != ARCHIVE_OK)
      fail(reader.get(), "pipe:" + command);
    write_to(spool, reader.get(), "pipe:" + command);
  } catch (...) {
    fault = std::current_exception();
  }
  // A command that failed explains a stream that is damaged, so it is named first.
  const int status = ::pclose(pipe.release());
  if (status != 0 && !(fault && WIFSIGNALED(status))) {
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    throw Error(ErrorCode::kIo, "the command ended with " + std::to_string(code),
                {.file = "pipe:" + command}, "run it by hand to see why");
  }
  if (fault) std::rethrow_exception(fault);
  return spool;
}

void gunzip(Bytes bytes, std::uint64_t limit, std::vector<std::byte>& out) {
  const Reader reader = make_reader();
  out.clear();
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    fail(reader.get(), {});
  pump(reader.get(), {}, [&](Bytes part) {
    if (part.size() > limit - out.size())
      throw Error(ErrorCode::kTooLarge,
                  "a compressed field has more than " + std::to_string(limit) + " bytes");
    out.insert(out.end(), part.begin(), part.end());
  });
}

}  // namespace dsprep
