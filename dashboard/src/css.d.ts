// Style sheets are imported for their effect; the bundler puts them together.
declare module '*.css';
