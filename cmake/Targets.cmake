# dsprep_warnings: what our own sources are compiled with; never travels to users of the library.
add_library(dsprep_warnings INTERFACE)
# (nvcc takes only some of them, for the compiler behind it.)
target_compile_options(dsprep_warnings INTERFACE
                       "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wno-sign-conversion>"
                       "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(dsprep_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)  # gcc 12 sees overlaps in std::string that are none (PR 105651)
endif()
if(DSPREP_SANITIZE)
  target_compile_options(dsprep_warnings INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${DSPREP_SANITIZE};-fno-omit-frame-pointer;-g>")
  # gcc 12 with sanitizers takes parts of <regex> for uninitialised.
  target_compile_options(dsprep_warnings INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>)
  target_link_options(dsprep_warnings INTERFACE -fsanitize=${DSPREP_SANITIZE})
endif()

# dsprep_library(NAME ALIAS FOLDER): a static library from every .cpp below FOLDER, public headers in FOLDER/include.
function(dsprep_library name alias folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/gpu/cuda/")  # dsprep::cuda is a library of its own
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${folder}/include/*.h)
  add_library(${name} ${sources})
  add_library(dsprep::${alias} ALIAS ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${alias} VERIFY_INTERFACE_HEADER_SETS ON)
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${folder}/include FILES ${headers})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:dsprep_warnings>)
endfunction()
