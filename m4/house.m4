# AX_STATIC(VARIABLE, LIBRARY): VARIABLE_LIBS becomes the archive where there is one.
AC_DEFUN([AX_STATIC], [
	AC_MSG_CHECKING([for lib$2.a])
	ax_save_LIBS=$LIBS
	LIBS="-l:lib$2.a -lm -lpthread -ldl -lz $LIBS"
	AC_LANG_PUSH([C++])
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [$1_LIBS="-l:lib$2.a"; AC_MSG_RESULT([yes])],
		[LIBS="-l:lib$2.a -lm -lpthread -ldl $ax_save_LIBS"
		AC_LINK_IFELSE([AC_LANG_PROGRAM()], [$1_LIBS="-l:lib$2.a"; AC_MSG_RESULT([yes])],
			[$1_LIBS="-l$2"; AC_MSG_RESULT([no])])])
	AC_LANG_POP
	LIBS=$ax_save_LIBS
	AC_SUBST([$1_LIBS])
])

# AX_HOUSE_STANDARD: C17, and the warnings that the code is kept free of.
AC_DEFUN([AX_HOUSE_STANDARD], [
	HOUSE_CFLAGS="-std=c17 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings"
	HOUSE_CXXFLAGS="-std=c++17 -Wall -Wextra"
	AC_SUBST([HOUSE_CFLAGS])
	AC_SUBST([HOUSE_CXXFLAGS])
])
