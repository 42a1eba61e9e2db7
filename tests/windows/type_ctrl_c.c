/* Types Ctrl-C into the console of a process: type_ctrl_c.exe PROCESS_ID.
   For Wine, which makes a SIGQUIT of Ctrl-Break: that ends one thread of a program, unasked. */
#include <stdlib.h>
#include <windows.h>

int main(int count, char **words) {
    FreeConsole();
    return !(count == 2 && AttachConsole(strtoul(words[1], NULL, 10)) &&
             SetConsoleCtrlHandler(NULL, TRUE) && GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0));
}
