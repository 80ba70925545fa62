using System.CommandLine;
using Sandboxes.Cli;
using Sandboxes.Cli.Commands;

var root = new RootCommand("Sandboxes on a server, from the command line.")
{
    CreateCommand.Define(),
    ListCommand.Define(),
    InfoCommand.Define(),
    ExecCommand.Define(),
    ShellCommand.Define(),
    LogsCommand.Define(),
    CopyCommand.Define(),
    CheckpointCommand.Define(),
    CheckpointsCommand.Define(),
    SleepCommands.DefineSuspend(),
    SleepCommands.DefineRestore(),
    SleepCommands.DefineRewind(),
    ForkCommand.Define(),
    SnapshotCommand.Define(),
    TemplateCommand.Define(),
    RemoveCommand.Define(),
};

return await CommandLine.RunAsync(root, args);
