# SPDX-License-Identifier: GPL-3.0-or-later
# Read by CPack for each generator.

if(CPACK_GENERATOR STREQUAL "TGZ")
  # One archive of all components.
  set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
  set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
  set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
endif()

# What the plugin needs of the C library, by the versions of the symbols in it. Not
# CPACK_DEBIAN_PACKAGE_SHLIBDEPS: CPack takes what lies in a folder of /usr/lib for a library then,
# and makes the package call ldconfig.
file(STRINGS ${CPACK_VMMAP_PLUGIN} versions REGEX "^GLIBC_[0-9.]+$")
list(TRANSFORM versions REPLACE "GLIBC_" "")
list(SORT versions COMPARE NATURAL ORDER DESCENDING)
list(GET versions 0 version)
string(APPEND CPACK_DEBIAN_GDB-VMMAP_PACKAGE_DEPENDS ", libc6 (>= ${version})")
