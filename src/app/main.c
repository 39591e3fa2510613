/* main: the program's door; everything else is cli.c and what it calls. */
#include "app/app.h"

int main(int argc, char **argv) {
	return cli_main(argc, argv);
}
