# What `cmake --install` copies, and what find_package(dsprep) reads. A test builds a project against it: tests/install.
include(CMakePackageConfigHelpers)
set(DSPREP_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/dsprep)

install(TARGETS dsprep_formats dsprep_loader EXPORT dsprepTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT dsprepTargets NAMESPACE dsprep:: DESTINATION ${DSPREP_PACKAGE_DIR})
if(TARGET dsprep_torch)
  install(TARGETS dsprep_torch EXPORT dsprepTorchTargets FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT dsprepTorchTargets NAMESPACE dsprep:: DESTINATION ${DSPREP_PACKAGE_DIR})
endif()
if(TARGET dsprep_cuda)
  install(TARGETS dsprep_cuda EXPORT dsprepCudaTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT dsprepCudaTargets NAMESPACE dsprep:: DESTINATION ${DSPREP_PACKAGE_DIR})
endif()
if(TARGET dsprep)
  install(TARGETS dsprep RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/licenses/dsprep)

configure_package_config_file(cmake/dsprepConfig.cmake.in ${PROJECT_BINARY_DIR}/dsprepConfig.cmake
                              INSTALL_DESTINATION ${DSPREP_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dsprepConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dsprepConfig.cmake ${PROJECT_BINARY_DIR}/dsprepConfigVersion.cmake
        DESTINATION ${DSPREP_PACKAGE_DIR})
