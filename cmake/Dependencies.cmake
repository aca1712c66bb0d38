# Everything here is a Debian package: tools/packages.txt lists them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(png REQUIRED IMPORTED_TARGET libpng)
pkg_check_modules(jpeg REQUIRED IMPORTED_TARGET libjpeg)
pkg_check_modules(webp REQUIRED IMPORTED_TARGET libwebp)
pkg_check_modules(tiff REQUIRED IMPORTED_TARGET libtiff-4)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(simdjson REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(sentencepiece IMPORTED_TARGET sentencepiece)  # to train unigram models; a build without it says so
if(sentencepiece_FOUND)
  set(dsprep_optional_modules sentencepiece:sentencepiece)  # for dsprepConfig.cmake
endif()
find_package(nlohmann_json 3.11 REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers only: integers of many bits

# dsprep_optional(PACKAGE OPTION WHAT): looks for PACKAGE as OPTION (AUTO, ON or OFF) says. Only ON requires it.
macro(dsprep_optional package option what)
  string(TOUPPER "${${option}}" DSPREP_WANTED)
  if(NOT DSPREP_WANTED MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "${option} is '${${option}}'; it must be AUTO, ON or OFF")
  endif()
  if(NOT DSPREP_WANTED STREQUAL "OFF")
    find_package(${package} ${ARGN} QUIET)
  endif()
  if(DSPREP_WANTED STREQUAL "ON" AND NOT ${package}_FOUND)
    message(FATAL_ERROR "${option} is ON, but ${what} is not found; install it, name its folder in CMAKE_PREFIX_PATH, "
                        "or set ${option} to AUTO or OFF")
  endif()
endmacro()

dsprep_optional(Torch DSPREP_TORCH "LibTorch")
dsprep_optional(CUDAToolkit DSPREP_CUDA "the CUDA toolkit")
set(DSPREP_OPENCV AUTO)
dsprep_optional(OpenCV DSPREP_OPENCV "OpenCV" COMPONENTS core imgproc)

# dsprep_found(PACKAGE VARIABLE): VARIABLE becomes "no", or the version.
function(dsprep_found package variable)
  set(text no)
  if(${package}_FOUND)
    set(text "${${package}_VERSION}")
  endif()
  set(${variable} ${text} PARENT_SCOPE)
endfunction()
dsprep_found(Torch torch_found)
dsprep_found(CUDAToolkit cuda_found)
dsprep_found(OpenCV opencv_found)
message(STATUS "dsprep: LibTorch ${torch_found} (DSPREP_TORCH=${DSPREP_TORCH}: dsprep::torch), CUDA toolkit ${cuda_found} "
               "(DSPREP_CUDA=${DSPREP_CUDA}: nothing uses it yet), OpenCV ${opencv_found} (nothing uses it yet)")
