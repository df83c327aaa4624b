# RUNNEL_STATIC(VARIABLE, LIBRARY): VARIABLE_LIBS becomes the archive where there is one.
AC_DEFUN([RUNNEL_STATIC], [
	AC_MSG_CHECKING([for lib$2.a])
	runnel_save_LIBS=$LIBS
	LIBS="-l:lib$2.a -lm -lpthread -ldl -lz $LIBS"
	AC_LANG_PUSH([C++])
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [$1_LIBS="-l:lib$2.a"; AC_MSG_RESULT([yes])],
		[LIBS="-l:lib$2.a -lm -lpthread -ldl $runnel_save_LIBS"
		AC_LINK_IFELSE([AC_LANG_PROGRAM()], [$1_LIBS="-l:lib$2.a"; AC_MSG_RESULT([yes])],
			[$1_LIBS="-l$2"; AC_MSG_RESULT([no])])])
	AC_LANG_POP
	LIBS=$runnel_save_LIBS
	AC_SUBST([$1_LIBS])
])

# RUNNEL_WARNINGS: C17, and the warnings that the code is kept free of.
AC_DEFUN([RUNNEL_WARNINGS], [
	RUNNEL_CFLAGS="-std=c17 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings"
	RUNNEL_CXXFLAGS="-std=c++17 -Wall -Wextra"
	AC_SUBST([RUNNEL_CFLAGS])
	AC_SUBST([RUNNEL_CXXFLAGS])
])
