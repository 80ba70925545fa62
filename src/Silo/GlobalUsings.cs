// What the Orleans packages bring by themselves and the embedded engine does not.
global using Orleans;
global using Orleans.Hosting;
global using Orleans.Runtime;
