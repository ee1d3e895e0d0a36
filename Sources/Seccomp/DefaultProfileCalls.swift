/// The system calls of ``DefaultProfile`` by topic; a name that an architecture hasn't got is no harm there.
enum DefaultProfileCalls {
    /// Allowed to every container.
    static let always: [(topic: String, calls: String)] = [
        (
            "files: open, read, write",
            """
            open openat openat2 creat close close_range read readv pread64 preadv preadv2 write writev
            pwrite64 pwritev pwritev2 lseek _llseek dup dup2 dup3 fcntl fcntl64 flock ioctl sendfile
            sendfile64 splice tee vmsplice copy_file_range readahead fadvise64 fadvise64_64 fallocate
            truncate truncate64 ftruncate ftruncate64 sync syncfs fsync fdatasync sync_file_range cachestat
            pipe pipe2 memfd_create memfd_secret
            """
        ),
        (
            "files: names and directories",
            """
            link linkat symlink symlinkat readlink readlinkat unlink unlinkat rename renameat renameat2
            mkdir mkdirat rmdir mknod mknodat chdir fchdir getcwd getdents getdents64 name_to_handle_at
            umask
            """
        ),
        (
            "files: status, owner, mode, times",
            """
            stat stat64 fstat fstat64 lstat lstat64 newfstatat fstatat64 statx statfs statfs64 fstatfs
            fstatfs64 statmount listmount access faccessat faccessat2 chmod fchmod fchmodat fchmodat2 chown
            chown32 fchown fchown32 lchown lchown32 fchownat utime utimes futimesat utimensat
            utimensat_time64
            """
        ),
        (
            "files: extended attributes",
            """
            getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr
            llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
            """
        ),
        (
            "files: notice changes",
            """
            inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark
            """
        ),
        (
            "waiting for descriptors",
            """
            select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1
            epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2
            signalfd signalfd4
            """
        ),
        (
            "asynchronous input and output (the old kind)",
            """
            io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64
            ioprio_get ioprio_set
            """
        ),
        (
            "sockets; socket itself depends on the address family",
            """
            socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt
            setsockopt send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64
            socketcall
            """
        ),
        (
            "memory",
            """
            brk mmap mmap2 munmap mremap mprotect madvise mincore mlock mlock2 munlock mlockall munlockall
            msync mseal remap_file_pages map_shadow_stack membarrier pkey_alloc pkey_free pkey_mprotect
            """
        ),
        (
            "processes: start, end, wait",
            """
            fork vfork execve execveat exit exit_group wait4 waitid waitpid pidfd_open pidfd_send_signal
            process_mrelease restart_syscall
            """
        ),
        (
            "processes: who and what they are",
            """
            getpid getppid gettid getpgid getpgrp setpgid getsid setsid prctl getcpu getrusage getrlimit
            ugetrlimit setrlimit prlimit64 getpriority setpriority times sysinfo uname
            """
        ),
        (
            "processes: user and group",
            """
            getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32
            getresgid getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32
            setregid setregid32 setresuid setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid
            setfsgid32 setgroups setgroups32 capget capset
            """
        ),
        (
            "threads and scheduling",
            """
            futex futex_time64 futex_wait futex_waitv futex_wake futex_requeue get_robust_list
            set_robust_list set_tid_address set_thread_area get_thread_area rseq sched_yield
            sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam
            sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min
            sched_rr_get_interval sched_rr_get_interval_time64
            """
        ),
        (
            "signals",
            """
            kill tkill tgkill pause sigaltstack sigprocmask sigreturn rt_sigaction rt_sigpending
            rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
            rt_tgsigqueueinfo
            """
        ),
        (
            "clocks and timers; setting the time needs CAP_SYS_TIME, which adjtimex itself checks",
            """
            time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep
            clock_nanosleep_time64 nanosleep alarm getitimer setitimer adjtimex clock_adjtime
            clock_adjtime64 timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64
            timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
            timerfd_settime64
            """
        ),
        (
            "System V and POSIX messages, semaphores, shared memory",
            """
            ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl
            shmdt shmget mq_open mq_unlink mq_notify mq_getsetattr mq_timedreceive mq_timedreceive_time64
            mq_timedsend mq_timedsend_time64
            """
        ),
        (
            "randomness, and locking oneself in further",
            """
            getrandom seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self
            """
        ),
        ("the kernel's own helpers", "riscv_hwprobe uretprobe"),
    ]

    /// Allowed to containers whose bounding set has the capability; the kernel checks it once more.
    static let byCapability: [(capability: String, calls: String)] = [
        ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
        (
            "CAP_SYS_ADMIN",
            """
            clone clone3 unshare setns sethostname setdomainname
            mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick
            quotactl quotactl_fd fanotify_init lookup_dcookie bpf perf_event_open syslog
            lsm_get_self_attr lsm_set_self_attr lsm_list_modules
            """
        ),
        ("CAP_SYS_BOOT", "reboot"),
        ("CAP_SYS_CHROOT", "chroot"),
        ("CAP_SYS_MODULE", "init_module finit_module delete_module"),
        ("CAP_SYS_PACCT", "acct"),
        ("CAP_SYS_PTRACE", "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd"),
        ("CAP_SYS_RAWIO", "iopl ioperm"),
        ("CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"),
        ("CAP_SYS_TTY_CONFIG", "vhangup"),
        ("CAP_SYS_NICE", "get_mempolicy set_mempolicy set_mempolicy_home_node mbind"),
        ("CAP_SYSLOG", "syslog"),
        ("CAP_BPF", "bpf"),
        ("CAP_PERFMON", "perf_event_open"),
    ]

    /// Allowed on some architectures, which cannot do without them.
    static let byArchitecture: [(architectures: [SeccompArchitecture], calls: String)] = [
        ([.x86_64, .x32], "arch_prctl"),
        ([.x86_64, .x32, .x86], "modify_ldt"),
        (
            [.arm, .aarch64],
            "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"
        ),
        ([.ppc64le], "sync_file_range2 swapcontext"),
        ([.s390, .s390x], "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"),
        ([.riscv64], "riscv_flush_icache"),
    ]
}
