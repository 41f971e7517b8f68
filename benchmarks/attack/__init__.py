"""What the program does with damaged files, strangers' files, sudden ends and full disks."""
