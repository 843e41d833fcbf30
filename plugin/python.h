/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_PYTHON_H
#define VMMAP_PLUGIN_PYTHON_H

/**
 * @file
 * The part of Python's API that the plugin uses: the limited API of Python 3.6, so that one binary
 * serves every GDB, and every symbol weak, so that it also loads into a GDB without Python, where
 * it says so instead of failing with `undefined symbol`. (Weakening the object file afterwards
 * would not do: the compiler would have deleted the check.) A test compares this list with what the
 * binary asks for.
 */

#define Py_LIMITED_API 0x03060000
#define PY_SSIZE_T_CLEAN

#pragma weak _Py_Dealloc
#pragma weak _Py_FalseStruct
#pragma weak Py_IsInitialized
#pragma weak _Py_NoneStruct
#pragma weak _Py_NotImplementedStruct
#pragma weak Py_ReprEnter
#pragma weak Py_ReprLeave
#pragma weak _Py_TrueStruct
#pragma weak PyArg_UnpackTuple
#pragma weak PyBool_FromLong
#pragma weak PyBytes_AsStringAndSize
#pragma weak PyBytes_FromObject
#pragma weak PyBytes_FromStringAndSize
#pragma weak PyCFunction_NewEx
#pragma weak PyDict_DelItemString
#pragma weak PyDict_GetItemString
#pragma weak PyDict_SetItemString
#pragma weak PyDict_Size
#pragma weak PyErr_CheckSignals
#pragma weak PyErr_Clear
#pragma weak PyErr_ExceptionMatches
#pragma weak PyErr_Fetch
#pragma weak PyErr_Format
#pragma weak PyErr_NoMemory
#pragma weak PyErr_NormalizeException
#pragma weak PyErr_Occurred
#pragma weak PyErr_Restore
#pragma weak PyErr_SetInterrupt
#pragma weak PyErr_SetNone
#pragma weak PyErr_SetObject
#pragma weak PyErr_SetString
#pragma weak PyErr_WarnEx
#pragma weak PyExc_KeyboardInterrupt
#pragma weak PyExc_KeyError
#pragma weak PyExc_MemoryError
#pragma weak PyExc_OverflowError
#pragma weak PyExc_RuntimeError
#pragma weak PyExc_TypeError
#pragma weak PyExc_UserWarning
#pragma weak PyExc_ValueError
#pragma weak PyGILState_Ensure
#pragma weak PyGILState_Release
#pragma weak PyImport_GetModuleDict
#pragma weak PyImport_ImportModule
#pragma weak PyIter_Next
#pragma weak PyList_Append
#pragma weak PyList_New
#pragma weak PyList_SetItem
#pragma weak PyList_Size
#pragma weak PyList_Sort
#pragma weak PyList_Type
#pragma weak PyLong_AsUnsignedLongLong
#pragma weak PyLong_AsUnsignedLongLongMask
#pragma weak PyLong_FromLong
#pragma weak PyLong_FromUnsignedLongLong
#pragma weak PyModule_AddIntConstant
#pragma weak PyModule_Create2
#pragma weak PyNumber_Add
#pragma weak PyNumber_Long
#pragma weak PyNumber_Subtract
#pragma weak PyNumber_ToBase
#pragma weak PyObject_GetAttrString
#pragma weak PyObject_GetIter
#pragma weak PyObject_IsInstance
#pragma weak PyObject_IsTrue
#pragma weak PyObject_RichCompareBool
#pragma weak PyObject_SetAttrString
#pragma weak PyObject_Size
#pragma weak PyObject_Str
#pragma weak PySequence_GetItem
#pragma weak PySequence_List
#pragma weak PySequence_Size
#pragma weak PySet_Add
#pragma weak PySet_New
#pragma weak PyTuple_New
#pragma weak PyTuple_Pack
#pragma weak PyTuple_SetItem
#pragma weak PyType_FromSpec
#pragma weak PyType_FromSpecWithBases
#pragma weak PyType_GenericAlloc
#pragma weak PyType_GetFlags
#pragma weak PyType_GetSlot
#pragma weak PyUnicode_AsEncodedString
#pragma weak PyUnicode_CompareWithASCIIString
#pragma weak PyUnicode_DecodeUTF8
#pragma weak PyUnicode_FromFormat
#pragma weak PyUnicode_FromString

#include <Python.h>
#include <stdbool.h>

/* Before Python 3.13 these are macros for functions with other names (PY_SSIZE_T_CLEAN), and a
 * pragma for a name that nothing declares is an error to clang. */
extern __typeof__(PyArg_ParseTupleAndKeywords) PyArg_ParseTupleAndKeywords __attribute__((weak));
extern __typeof__(PyArg_ParseTuple) PyArg_ParseTuple __attribute__((weak));
extern __typeof__(PyObject_CallFunction) PyObject_CallFunction __attribute__((weak));
extern __typeof__(PyObject_CallMethod) PyObject_CallMethod __attribute__((weak));

#endif
