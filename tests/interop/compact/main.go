// Compacts files with the Baton SDK's own compactor, as C1 does: OUTPUT-FOLDER FILE SYNC-ID FILE SYNC-ID …
// It prints the file that came of it.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/conductorone/baton-sdk/pkg/synccompactor"
)

func main() {
	if err := compact(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compact(folder string, syncs []string) error {
	ctx := context.Background()
	var entries []*synccompactor.CompactableSync
	for i := 0; i+1 < len(syncs); i += 2 {
		entries = append(entries, &synccompactor.CompactableSync{FilePath: syncs[i], SyncID: syncs[i+1]})
	}
	compactor, cleanUp, err := synccompactor.NewCompactor(ctx, folder, entries, synccompactor.WithSkipGrantExpansion())
	if err != nil {
		return err
	}
	defer cleanUp()
	compacted, err := compactor.Compact(ctx)
	if err != nil {
		return err
	}
	fmt.Println(compacted.FilePath)
	return nil
}
